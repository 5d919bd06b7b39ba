/**
 * Carryover as a library: the same things that the command line does, from TypeScript.
 *
 * - **Graphs** are plain data ({@link GraphBuilder}, {@link readOnnx}, edits like {@link tap}); {@link gradient} turns one into another, {@link compile} runs them.
 * - **Networks and data**: {@link buildNetwork}, {@link loadDataset}, {@link train}.
 * - **Analyses** take a {@link Subject} and return tidy rows: {@link learningCurves}, {@link mistakes}, {@link cka}, {@link distance},
 *   {@link interpolation}, {@link averaging}, {@link domainDistance}, {@link freezing}, {@link plane}, {@link alignment}, {@link basin}, {@link crossDomain}, {@link rewind}, {@link criticality}.
 * - **Studies** put it all together: {@link parseStudy}, {@link planStudy}, {@link runPlan}; {@link reportInput},
 *   {@link collect} and {@link renderReport} make the report of what the store then holds.
 *
 * @packageDocumentation
 */

// tensors and parameters
export * from './tensor/tensor.js';
export * from './tensor/params.js';
export * from './tensor/random.js';
export * from './tensor/safetensors.js';
export { InputError } from './tensor/input-error.js';
// an analysis' `run` calls what it measures accuracy; of independent labels `storedTables(tables, 'AUC')` names it as files do
export { metricOf, storedTables } from './tensor/metric.js';
export type { Metric } from './tensor/metric.js';
export { aucOf, meanAucOf } from './tensor/auc.js';
export type { AucOver } from './tensor/auc.js';

// checkpoints of other tools
export { readCheckpoint, readCheckpointBytes } from './checkpoints/read.js';
export type { ReadCheckpoint } from './checkpoints/read.js';
export { openCheckpoint, openCheckpointBytes } from './checkpoints/open.js';
export type { Checkpoint, Format } from './checkpoints/checkpoint.js';
export { loadParameters, matchParameters } from './checkpoints/match.js';
export type { Expected, Loaded, Match, MatchRow } from './checkpoints/match.js';
export { parseRename } from './checkpoints/renames.js';
export type { Rename } from './checkpoints/renames.js';
export { diffCheckpoints } from './checkpoints/diff.js';
export type { CheckpointDiff, ModuleDiff, TensorDiff } from './checkpoints/diff.js';
export { checkpointPath } from './hub/checkpoint-path.js';
export type { HubSettings } from './hub/settings.js';
export { load } from './checkpoints/stored-tensor.js';
export type { Dtype, StoredTensor } from './checkpoints/stored-tensor.js';

// graphs
export type { Attribute, Graph, Node, Value } from './onnx/graph.js';
export { OPS } from './onnx/ops.js';
export type { OpName } from './onnx/ops.js';
export { GraphBuilder } from './onnx/builder.js';
export type { Attributes } from './onnx/builder.js';
export { readOnnx } from './onnx/read.js';
export type { ReadOptions } from './onnx/read.js';
export { inferShapes } from './onnx/shapes/infer.js';
export { bake } from './onnx/edits/bake.js';
export { cutAt } from './onnx/edits/cut-at.js';
export { expose } from './onnx/edits/expose.js';
export { hoist } from './onnx/edits/hoist.js';
export type { Hoisted } from './onnx/edits/hoist.js';
export { permutationGroups, permuteUnits } from './onnx/permutations/permutation-groups.js';
export type { Member, PermutationGroup } from './onnx/permutations/permutation-groups.js';
export { prune } from './onnx/edits/prune.js';
export { rename } from './onnx/edits/rename.js';
export { tap } from './onnx/edits/tap.js';
export { writeOnnx, writeOnnxFile } from './onnx/write.js';
export { gradient } from './autodiff/gradient.js';
export type { GradientOptions } from './autodiff/gradient.js';
export { lower } from './lowering/lower.js';
export type { LowerOptions } from './lowering/lower.js';
export { compile } from './runtime/compile.js';
export { compileStaged } from './runtime/staged.js';
export type { Prepared, StagedSession } from './runtime/staged.js';
export { currentProvider, PROVIDERS, useProvider } from './runtime/provider.js';
export type { Chosen, Provider, ProviderWord } from './runtime/provider.js';
export type { Compile, CompileOptions, Session } from './runtime/session.js';

// networks
export { buildNetwork } from './models/networks.js';
export { freshHead } from './models/fresh-head.js';
export type { Network, NetworkModule, NetworkShape, NetworkSpec } from './models/network.js';

// data
export { datasetOptions, loadDataset } from './data/datasets.js';
export type { Shuffle } from './data/shuffle.js';
export type { View } from './data/view.js';
export { contactSheet, pictures } from './data/contact-sheet.js';
export type { ContactSheetOptions } from './data/contact-sheet.js';
export { openPacked, writePacked } from './data/packed.js';
export type { Dataset, DatasetSpec, Skipped, Split, SplitName, TransformSpec } from './data/dataset.js';

// training
export { train } from './train/train.js';
export type { TrainHooks, TrainResult } from './train/train.js';
export type { TrainJob } from './train/job.js';
export type { StepReport } from './train/epoch.js';
export { checkpointFile } from './train/checkpoints.js';
export { withLoss } from './train/losses.js';
export type { LossOptions } from './train/losses.js';
export { adamw } from './train/adamw.js';
export type { AdamwOptions } from './train/adamw.js';
export { sgd } from './train/sgd.js';
export type { SgdOptions } from './train/sgd.js';
export type { Gradients, GroupOptions, Optimizer, OptimizerState } from './train/slots.js';
export { rateAt } from './train/schedule.js';
export type { Place } from './train/schedule.js';
export { DEFAULT_RECIPE, LOSSES } from './train/recipe.js';
export type { EpochRow, EpochTiming, Loss, Recipe, Schedule } from './train/recipe.js';

// analyses
export { analyses } from './analyses/registry.js';
export { learningCurves } from './analyses/learning-curves.js';
export type { LearningCurvesOptions } from './analyses/learning-curves.js';
export { mistakes } from './analyses/mistakes.js';
export type { MistakesOptions } from './analyses/mistakes.js';
export { cka } from './analyses/cka.js';
export type { CkaOptions } from './analyses/cka.js';
export type { FeatureForm } from './analyses/features.js';
export type { Estimator } from './analyses/hsic.js';
export { distance } from './analyses/distance.js';
export type { DistanceOptions } from './analyses/distance.js';
export { interpolation } from './analyses/interpolation.js';
export type { InterpolationOptions } from './analyses/interpolation.js';
export { alignment } from './analyses/alignment.js';
export type { AlignmentOptions } from './analyses/alignment.js';
export { basin } from './analyses/basin.js';
export type { BasinOptions } from './analyses/basin.js';
export { crossDomain } from './analyses/cross-domain.js';
export type { CrossDomainOptions } from './analyses/cross-domain.js';
export { estimateBasin, segmentOf } from './analyses/basin-estimate.js';
export type { Basin, Line, Segment } from './analyses/basin-estimate.js';
export { matchWeights } from './analyses/weight-matching.js';
export type { Matching } from './analyses/weight-matching.js';
export { plane } from './analyses/plane.js';
export type { PlaneOptions } from './analyses/plane.js';
export { criticality } from './analyses/criticality.js';
export type { CriticalityOptions } from './analyses/criticality.js';
export type { PathName, Scale } from './analyses/criticality-grid.js';
export { rewind } from './analyses/rewind.js';
export type { RewindOptions } from './analyses/rewind.js';
export { openModuleEvaluator } from './analyses/module-evaluator.js';
export type { ModuleEvaluator, ModuleSweep, Variants } from './analyses/module-evaluator.js';
export { groupsOf } from './analyses/module-groups.js';
export type { ModuleGroup } from './analyses/module-groups.js';
export { domainDistance } from './analyses/domain-distance.js';
export type { DomainDistanceOptions } from './analyses/domain-distance.js';
export { freezing } from './analyses/freezing.js';
export type { FreezingOptions } from './analyses/freezing.js';
export { averaging } from './analyses/averaging.js';
export type { AveragingOptions } from './analyses/averaging.js';
export { blockShuffle } from './analyses/block-shuffle.js';
export type { BlockShuffleOptions } from './analyses/block-shuffle.js';
export { checkpointChoice } from './analyses/checkpoint-choice.js';
export type { CheckpointChoiceOptions } from './analyses/checkpoint-choice.js';
export { linearProbe } from './analyses/linear-probe.js';
export type { Probe } from './analyses/linear-probe.js';
export { logme } from './analyses/logme.js';
export type { Labelled } from './analyses/design.js';
export { nearestNeighbours } from './analyses/nearest-neighbours.js';
export type { Analysis, At, Cell, Predictions, Role, Row, Run, Subject, Tables } from './analyses/analysis.js';
export type { Ground, Sweep, SweepRun, Training, Variant } from './analyses/analysis.js';
export type * from './analyses/rows.js';

// studies: data → plan → rows
export { parseStudy } from './study/parse.js';
export { planStudy } from './study/plan.js';
export type { Arm, Pretrain, Seeds, Study } from './study/study.js';
export { isAnalysis, needs } from './study/step.js';
export type { Input, Json, Plan, PlanOptions, Step, StepId } from './study/step.js';
export { planStatus } from './study/status.js';
export type { StepState, StepStatus } from './study/status.js';
export { estimate } from './study/estimate.js';
export type { Estimate, EstimateOptions } from './study/estimate.js';
export { executeStep } from './study/execute.js';
export type { ExecuteOptions } from './study/execute.js';
export { openStore } from './store/store.js';
export type { BeginOptions, Failure, Store } from './store/store.js';
export type { Draft } from './store/draft.js';
export type { Holder } from './store/lock.js';
export { gc } from './store/gc.js';
export type { Garbage, GcOptions } from './store/gc.js';
export { toCsv } from './store/csv.js';
export { runPlan } from './executors/schedule.js';
export type { RunOptions } from './executors/schedule.js';
export type { FailedStep, RunEvent, RunResult, SkippedStep } from './executors/events.js';
export type { Executor, FailureReason, Job, Outcome, Progress } from './executors/executor.js';
export { inline } from './executors/inline.js';
export { processes } from './executors/processes.js';
export type { ProcessesOptions } from './executors/processes.js';

// the report: store → input → data → page
export { reportInput } from './cli/report-input.js';
export type { StudyResults } from './cli/report-input.js';
export { collect, picturesOf } from './report/collect.js';
export type { ReportInput, Result } from './report/collect.js';
export { adviceLines, advise } from './report/advise.js';
export type { Advice, Provenance, ReportData, Section } from './report/contract.js';
export { renderReport } from './report/html.js';
