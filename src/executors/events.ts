import type { Step, StepId } from '../study/step.js';
import type { FailureReason, Progress } from './executor.js';

/** Everything that can happen while a plan runs. Closed: switch over `type` exhaustively. */
export type RunEvent =
  /** First of all. `reused` were done before, `prepared` on the way to this run (its estimate decodes images); `missing` will be run. */
  | { readonly type: 'planned'; readonly reused: readonly Step[]; readonly prepared: readonly Step[]; readonly missing: readonly Step[] }
  | { readonly type: 'started'; readonly step: Step; readonly log: string }
  | ({ readonly type: 'progress'; readonly step: Step } & Progress)
  /** `reused`: another process finished it while we waited for it. */
  | { readonly type: 'finished'; readonly step: Step; readonly seconds: number; readonly reused: boolean }
  | ({ readonly type: 'failed' } & FailedStep)
  | ({ readonly type: 'skipped' } & SkippedStep)
  /** Stopped by us; what it had done is kept. */
  | { readonly type: 'cancelled'; readonly step: Step };

export interface FailedStep {
  readonly step: Step;
  readonly reason: Exclude<FailureReason, 'cancelled'>;
  readonly message: string;
  /** Path of the step's log. */
  readonly log: string;
}

/** A step that did not run because others failed. */
export interface SkippedStep {
  readonly step: Step;
  readonly because: readonly StepId[];
}

export interface RunResult {
  /** Everything that was asked is there. */
  readonly ok: boolean;
  /** The run was stopped by its signal. */
  readonly cancelled: boolean;
  readonly reused: readonly Step[];
  readonly done: readonly Step[];
  readonly failed: readonly FailedStep[];
  readonly skipped: readonly SkippedStep[];
  readonly seconds: number;
}
