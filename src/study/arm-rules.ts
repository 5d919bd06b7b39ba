import { parseRename } from '../checkpoints/renames.js';
import { unknownName } from '../tensor/nearest.js';
import { show } from '../tensor/options.js';
import type { Broken } from './messages.js';
import { pathText, valueAt } from './messages.js';
import { entries, isMapping, list, refusal } from './written.js';
import type { Path } from './yaml.js';

const TRAINED = ['P-T', 'RI-T'];
/** Where the networks stand that are not trained on a target. */
const ELSEWHERE: Readonly<Record<string, string>> = { P: 'pretrain', RI: 'initial' };

/** Rules of the roles: what is trained here has seeds, what was trained elsewhere has checkpoints. */
export function armRules(root: unknown): Broken[] {
  const arms = valueAt(root, ['arms']);
  if (!isMapping(arms)) return [];
  if (Object.keys(arms).length === 0) return [{ path: ['arms'], message: 'arms: must have P-T, RI-T or a role of your own, got none' }];
  const pretrained = valueAt(root, ['pretrain']) !== undefined;
  const targets = list(valueAt(root, ['targets']));
  return entries(arms).flatMap(([role, arm]) => [
    ...roleRules(role, arm, pretrained),
    ...seedRules(role, arm),
    ...checkpointRules(['arms', role, 'checkpoints'], valueAt(arm, ['checkpoints']), targets),
    ...mapBroken(['arms', role], valueAt(arm, ['map'])),
  ]);
}

function roleRules(role: string, arm: unknown, pretrained: boolean): Broken[] {
  const path = ['arms', role];
  const say = (message: string): Broken[] => [{ path, key: true, message }];
  if (role in ELSEWHERE) return say(`arms.${role}: ${role} stands in ${ELSEWHERE[role]!}, arms are trained on targets`);
  if (!isMapping(arm)) return [];
  const [seeds, checkpoints] = ['seeds' in arm, 'checkpoints' in arm];
  if (!checkpoints && !TRAINED.includes(role))
    return say(`arms: ${unknownName('arm to train', role, TRAINED)}; another role must have checkpoints, trained elsewhere`);
  if (!seeds && !checkpoints) return say(`arms.${role}: must have seeds (trained here) or checkpoints (trained elsewhere), got neither`);
  const other = ['seeds', 'from', 'recipe'].filter((key) => key in arm);
  if (checkpoints && other.length > 0)
    return [
      { path: [...path, other[0]!], key: true, message: `arms.${role}: checkpoints are not trained here, got ${other.join(', ')} too` },
    ];
  if (!checkpoints && 'map' in arm) return [{ path: [...path, 'map'], key: true, message: `arms.${role}: map goes with checkpoints only` }];
  if (role === 'RI-T' && 'from' in arm) return [{ path: [...path, 'from'], key: true, message: 'arms.RI-T: from goes with P-T only' }];
  if (role === 'P-T' && seeds && !pretrained) return say('arms.P-T: must have a pretrain section to start from, got none');
  return [];
}

function seedRules(role: string, arm: unknown): Broken[] {
  const path = ['arms', role, 'seeds'];
  const written = list(valueAt(arm, ['seeds'])).map(seedText);
  return written.flatMap((seed, i) =>
    written.indexOf(seed) < i ? [{ path: [...path, i], message: `${pathText(path)}: must differ, got ${seed} twice` }] : [],
  );
}

const seedText = (seed: unknown): string => (typeof seed === 'number' ? JSON.stringify({ init: seed, order: seed }) : show(seed));

function checkpointRules(path: Path, checkpoints: unknown, targets: readonly unknown[]): Broken[] {
  if (Array.isArray(checkpoints) && targets.length > 1) {
    const example = targets.map((target) => `${String(target)}: […]`).join(', ');
    return [{ path, key: true, message: `${pathText(path)}: must say which target they were trained on ({ ${example} }), got a list` }];
  }
  const known = targets.map(String);
  const unknown = entries(checkpoints)
    .filter(([target]) => !known.includes(target))
    .map(([target]) => ({ path: [...path, target], key: true, message: `${pathText(path)}: ${unknownName('target', target, known)}` }));
  const groups = isMapping(checkpoints) ? entries(checkpoints) : [['', checkpoints] as const];
  const maps = groups.flatMap(([target, runs]) =>
    list(runs).flatMap((run, i) => mapBroken([...path, ...(target === '' ? [] : [target]), i], valueAt(run, ['map']))),
  );
  return [...unknown, ...maps];
}

/** Renamings that are none, from where `map` stands. */
export const mapRules = (map: unknown): { readonly path: Path; readonly message: string }[] =>
  list(map).flatMap((rule, i) => {
    const message = typeof rule === 'string' ? refusal(() => parseRename(rule)) : undefined;
    return message === undefined ? [] : [{ path: ['map', i], message: `.${message}` }];
  });

const mapBroken = (path: Path, map: unknown): Broken[] =>
  mapRules(map).map((each) => ({ path: [...path, ...each.path], message: `${pathText(path)}${each.message}` }));
