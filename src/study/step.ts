/** 16 hexadecimal digits: the identity of what was asked. */
export type StepId = string;

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where a step finds something: another step, and for a run which checkpoint of it. */
export interface Input {
  readonly step: StepId;
  readonly at?: 'best' | 'final' | number;
}

/** One piece of work. `kind`, `version`, `asked` and `inputs` make its identity; the rest says how to do and show it. */
export interface Step {
  readonly id: StepId;
  /** 'data', 'train', 'load', or the name of an analysis. */
  readonly kind: string;
  readonly version: number;
  /** 'train P-T.1 on openmoji' */
  readonly title: string;
  /** What was asked, with defaults left out: this is hashed. */
  readonly asked: { readonly [key: string]: Json };
  /** What runs: with defaults filled in and paths resolved. */
  readonly options: { readonly [key: string]: Json };
  readonly inputs: Readonly<Record<string, Input>>;
  /** Target's name ('' for data and P). */
  readonly target: string;
  /** Name of the run or data set: 'P-T.1', 'openmoji'; for an analysis its own. */
  readonly subject: string;
  /** The analysis whose sweep it belongs to; left out: the study itself asked for it. */
  readonly sweep?: string;
}

/** A study's steps, each after those that it needs. */
export interface Plan {
  readonly study: string;
  readonly file: string;
  /** The study file, verbatim. */
  readonly text: string;
  readonly steps: readonly Step[];
}

export const isAnalysis = ({ kind }: Pick<Step, 'kind'>): boolean => kind !== 'data' && !isRun({ kind });

/** Leaves checkpoints: a training, or P from a file. */
export const isRun = ({ kind }: Pick<Step, 'kind'>): boolean => kind === 'train' || kind === 'load';

/** The trainings that an analysis asked for: the names of its inputs, and the role of each. */
export const sweepOf = ({ options }: Pick<Step, 'options'>): readonly { readonly name: string; readonly role: string }[] =>
  (options as { readonly sweep?: readonly { readonly name: string; readonly role: string }[] }).sweep ?? [];

/** Ids of the steps that a step waits for, each once. */
export const needs = ({ inputs }: Pick<Step, 'inputs'>): readonly StepId[] => [...new Set(Object.values(inputs).map(({ step }) => step))];

/** Where and how a study is planned. */
export interface PlanOptions {
  /** Folder that relative paths in the study start from; the study file's folder by default. */
  readonly base?: string;
  /** Plan data folders that are missing too, to estimate what they would cost; their steps cannot run. */
  readonly absentData?: boolean;
}
