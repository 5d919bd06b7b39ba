import { join } from 'node:path';

/**
 * Every name in a store. `<id>` is a step's identity.
 *
 *     steps/<id>/          a finished step, published by rename: whole or not there
 *       step.json          what was asked
 *       provenance.json    where and when it ran, how long, with how much memory
 *       checksums.json     sha256 of every other file
 *       …                  the step's own files (tables.json and <table>.csv of an analysis, checkpoints of a training)
 *     partial/<id>/        a step in the making; outlives a kill, and training goes on from it
 *     locks/<id>.json      who works on it
 *     failures/<id>.json   why its last try failed
 *     logs/<id>.log        what its process said
 *     plans/<study>@<hash>.json   steps by id, with all that is needed to run them; each content of its own (earlier stores: <study>.json)
 *     measures/<key>.json  calibrations of this machine
 *     trash/               on its way out
 */
export const layout = (directory: string) => {
  const at = (...parts: string[]) => join(directory, ...parts);
  return {
    steps: at('steps'),
    step: (id: string, ...file: string[]) => at('steps', id, ...file),
    partials: at('partial'),
    partial: (id: string, ...file: string[]) => at('partial', id, ...file),
    lock: (id: string) => at('locks', `${id}.json`),
    failures: at('failures'),
    failure: (id: string) => at('failures', `${id}.json`),
    logs: at('logs'),
    log: (id: string) => at('logs', `${id}.log`),
    plans: at('plans'),
    plan: (study: string, content: string) => at('plans', `${study}@${content}.json`),
    measure: (key: string) => at('measures', `${key}.json`),
    trash: at('trash'),
    folders: ['steps', 'partial', 'locks', 'failures', 'logs', 'plans', 'measures', 'trash'].map((name) => at(name)),
  };
};

export type Layout = ReturnType<typeof layout>;

export const STEP_FILE = 'step.json';
export const PROVENANCE_FILE = 'provenance.json';
export const CHECKSUMS_FILE = 'checksums.json';
/** All tables of an analysis. */
export const TABLES_FILE = 'tables.json';
/** One of them. */
export const tableFile = (table: string): string => `${table}.csv`;
/** A data step's classes, counts and remarks, without its images. */
export const SUMMARY_FILE = 'summary.json';
