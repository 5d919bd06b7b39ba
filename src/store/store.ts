/** Artifacts by identity, in a folder. See `layout.ts` for what lies where. */
export interface Store {
  readonly directory: string;
  /** Folder of a published step. */
  path(id: string, ...file: string[]): string;
  has(id: string): Promise<boolean>;
  /** A JSON file of a published step: 'tables.json', 'epochs.json', 'step.json', 'provenance.json'. */
  readJson<T>(id: string, file: string): Promise<T>;
  /** Saves a plan, so that its steps can be run by their ids. Replaces the study's earlier plan. */
  savePlan(study: string, plan: unknown): Promise<void>;
  /** Path of a step's log. */
  log(id: string): string;
}

/** Opens a store, and makes its folder. Throws InputError when that cannot be. */
export async function openStore(directory: string): Promise<Store> {
  throw new Error(`internal: openStore: not landed yet, ${directory}`);
}
