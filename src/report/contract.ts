import type { Metric } from '../tensor/metric.js';
import type { Row } from '../analyses/analysis.js';

/** The one JSON contract between the collected rows and the page. Everything the page shows is in here. */
export interface ReportData {
  readonly title: string;
  /** What to do, question by question; every line with its evidence. */
  readonly advice: readonly Advice[];
  /** Short sentences, each with what it stands on (the `basis` of its sections) and the id of the section that holds its evidence. */
  readonly summary: readonly { readonly text: string; readonly basis: string; readonly section: string }[];
  readonly runs: readonly {
    readonly name: string;
    readonly role: string;
    readonly target: string;
    readonly seed: number;
    /** On test images at the last epoch. */
    readonly metric: Metric;
    readonly value: number | null;
    /** 95 %, over `n` test images; null where they are not on record. */
    readonly low: number | null;
    readonly high: number | null;
    readonly n: number | null;
  }[];
  readonly sections: readonly Section[];
  /** What these networks and images do not allow, with the reason. */
  readonly absent: readonly Missing[];
  /** Networks that were trained elsewhere, and what became of the names in their files. */
  readonly loaded: readonly LoadedNetwork[];
  /** The paper's findings beside these rows; empty where the study does not ask for it. */
  readonly paper: readonly PaperFinding[];
  readonly provenance: Provenance;
}

/** An analysis that is not in the report (`what` ''), or a part that is missing of one. */
export interface Missing {
  readonly title: string;
  readonly target: string;
  readonly what: string;
  readonly reason: string;
}

export interface LoadedNetwork {
  readonly name: string;
  readonly target: string;
  readonly file: string;
  /** Parameters and buffers of the network, and how many were found in the file. */
  readonly parameters: number;
  readonly matched: number;
  readonly classes: number;
  readonly notes: readonly string[];
}

/** One question on one target, answered from rows. */
export interface Advice {
  readonly question: string;
  readonly target: string;
  readonly verdict: 'yes' | 'no' | 'undecided' | 'not measured';
  /** A sentence with the numbers, or what to add where nothing was measured. */
  readonly text: string;
  /** How sure the interval makes the verdict; 'none' where it decides nothing. */
  readonly confidence: 'high' | 'moderate' | 'low' | 'none';
  /** Why, as a clause. */
  readonly because: string;
  /** Ids of the sections that hold the evidence. */
  readonly sections: readonly string[];
}

/** One finding of the paper on one target. */
export interface PaperFinding {
  readonly claim: string;
  /** The paper's numbers. */
  readonly paper: string;
  readonly target: string;
  /** This study's numbers. */
  readonly measured: string;
  readonly verdict: 'reproduced' | 'not reproduced' | 'undecided';
  /** Id of the section that holds the evidence. */
  readonly section: string;
}

/** One analysis on one target (or on all, when `target` is ''). */
export interface Section {
  /** 'mistakes-openmoji': anchor and file prefix of downloads. */
  readonly id: string;
  readonly analysis: string;
  readonly target: string;
  readonly title: string;
  readonly question: string;
  /** One sentence with numbers and interval, made from rows only; plus cautions, each a sentence. */
  readonly answer: string;
  /** Images and runs that the figures stand on: '312 test images · P-T.1, P-T.2', '312 test images · 2 runs a figure'; '' where the tables tell neither. */
  readonly basis: string;
  readonly cautions: readonly string[];
  /** Their names say AUC where labels are independent. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** What stands for how good networks are on the target. */
  readonly metric: Metric;
  /** '' where nothing was measured. */
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** What its own trainings did otherwise than the arms': 'epochs 4 instead of 5'. Left out: nothing. */
  readonly retrained?: string;
  /** Pictures by image id, as data URIs. */
  readonly pictures: Readonly<Record<string, string>>;
}

export interface Provenance {
  /** The study file, verbatim. */
  readonly study: string;
  readonly studyFile: string;
  readonly seeds: Readonly<Record<string, number | readonly number[]>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  /** Steps with what each took; `reused` when it was there before. */
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly seconds: number;
    readonly peakMemoryMb: number | null;
    readonly finished: string;
  }[];
  readonly data: readonly {
    readonly name: string;
    readonly classes: number;
    readonly train: number;
    readonly val: number;
    readonly test: number;
    readonly licence: string;
    /** Files that were left out, in a sentence with the first of them; '' where none was. */
    readonly leftOut: string;
  }[];
}
