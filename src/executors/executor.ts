import type { StepId } from '../study/step.js';

/** How a step ended. Expected ends are values; nothing here throws. */
export type Outcome =
  /** `reused`: another process had finished it meanwhile. */
  { readonly ok: true; readonly reused: boolean } | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

/**
 * refused: what the user gave breaks a rule (an InputError). threw: the step's code is at fault. crashed: its process died. cancelled: we
 * stopped it (its state is kept). lost: its process could not be started or heard.
 */
export type FailureReason = 'refused' | 'threw' | 'crashed' | 'cancelled' | 'lost';

/** How far a step is: share in [0, 1] and a few words ('epoch 12 of 40, 61.2 % right'). */
export interface Progress {
  readonly share: number;
  readonly detail: string;
}

export interface Job {
  readonly step: StepId;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** So many further processes may work on the step, if it can be shared. Changes as often as it is told. */
  spare?(processes: number): void;
  /** Asks it to stop; the outcome follows within two seconds. */
  cancel(): void;
}

/** Runs steps of a store by their ids. An executor knows a step as nothing else. */
export interface Executor {
  readonly name: string;
  submit(step: StepId, onProgress?: (progress: Progress) => void): Job;
  /** Cancels what runs and waits for its end. */
  close(): Promise<void>;
}
