import { InputError } from '../tensor/input-error.js';

/** A checkpoint that `--checkpoint` names. */
export interface Given {
  readonly role: string;
  /** Which run of the role; null for P and RI, which are one. */
  readonly run: number | null;
  /** Epoch; null: its end. */
  readonly epoch: number | null;
  readonly file: string;
}

const PLAIN = /^([A-Za-z][A-Za-z0-9_-]*?)(\d+)?(?:@(initial|\d+))?=(.+)$/;
/** A role whose name ends in a digit puts a point before the run's number. */
const POINTED = /^([A-Za-z][A-Za-z0-9_-]*)\.(\d+)(?:@(initial|\d+))?=(.+)$/;
const SINGLE = ['P', 'RI'];

/**
 * 'P=pre.safetensors', 'P-T1=a.pth' or 'P-T.1=a.pth', 'P-T1@initial=start.pth', 'RI-T=c.onnx' (the first run), 'mine2=d.npz'.
 * Throws InputError for another form.
 */
export function parseCheckpoint(text: string): Given {
  const [, role, run, at, file] = POINTED.exec(text) ?? PLAIN.exec(text) ?? [];
  if (role === undefined || file === undefined)
    throw new InputError(`compare: --checkpoint must be ROLE=FILE, like P=pre.safetensors or P-T1=a.pth, got ${text}`);
  if (SINGLE.includes(role) && run !== undefined) throw new InputError(`compare: there is one ${role}, without a number, got ${text}`);
  return {
    role,
    run: SINGLE.includes(role) ? null : Number(run ?? 1),
    epoch: at === undefined ? null : at === 'initial' ? 0 : Number(at),
    file,
  };
}

/** A network of the study: its end, and what lies before it by epochs. */
export interface GivenRun {
  readonly file: string;
  readonly epochs: Readonly<Record<string, string>>;
}

/** Role → its runs, from 1 on. Throws InputError for a number or an end that is missing, and for one that is given twice. */
export function byRole(given: readonly Given[]): ReadonlyMap<string, readonly GivenRun[]> {
  const roles = [...new Set(given.map(({ role }) => role))];
  return new Map(
    roles.map((role) => {
      const own = given.filter((each) => each.role === role);
      const numbers = [...new Set(own.map(({ run }) => run ?? 1))].sort((a, b) => a - b);
      const gap = numbers.findIndex((number, i) => number !== i + 1);
      if (gap >= 0)
        throw new InputError(
          `compare: runs of ${role} must be numbered 1, 2, …, got ${role}${numbers[gap]!} without ${role}${gap + 1}; a role whose name ends in a digit is written ${role}${numbers[gap]!}.1`,
        );
      return [role, numbers.map((number) => runOf(own.filter(({ run }) => (run ?? 1) === number)))] as const;
    }),
  );
}

function runOf(own: readonly Given[]): GivenRun {
  const name = `${own[0]!.role}${own[0]!.run ?? ''}`;
  const epochs = new Map<number | null, string>();
  for (const { epoch, file } of own) {
    if (epochs.has(epoch))
      throw new InputError(
        `compare: ${name}${epoch === null ? '' : `@${epoch}`} must be given once, got ${epochs.get(epoch)!} and ${file}`,
      );
    epochs.set(epoch, file);
  }
  const end = epochs.get(null);
  if (end === undefined) throw new InputError(`compare: ${name} must have its last checkpoint (${name}=FILE), got earlier ones only`);
  return { file: end, epochs: Object.fromEntries([...epochs].flatMap(([epoch, file]) => (epoch === null ? [] : [[String(epoch), file]]))) };
}
