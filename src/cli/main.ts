#!/usr/bin/env node
import type { Command } from 'commander';
import { exitOf } from './exit.js';
import { createOutput, endOnBrokenPipe } from './output.js';
import { rootCommand } from './verb.js';
import { packageVersion } from '../study/provenance.js';
import { dataVerb } from './verbs/data.js';
import { demoVerb } from './verbs/demo.js';
import { exportVerb } from './verbs/export.js';
import { gcVerb } from './verbs/gc.js';
import { initVerb } from './verbs/init.js';
import { inspectVerb } from './verbs/inspect.js';
import { planVerb } from './verbs/plan.js';
import { reportVerb } from './verbs/report.js';
import { runVerb } from './verbs/run.js';
import { statusVerb } from './verbs/status.js';
import { stepVerb } from './verbs/step.js';

const VERBS = [demoVerb, initVerb, planVerb, runVerb, statusVerb, reportVerb, inspectVerb, exportVerb, dataVerb, gcVerb, stepVerb];

endOnBrokenPipe();
const root = rootCommand(packageVersion());
for (const make of VERBS) root.addCommand(inherit(make(), root));
try {
  await root.parseAsync();
} catch (error) {
  process.exitCode = exitOf(error, createOutput(root.opts()));
}

/** Errors and exits are handled here for a verb and the words below it. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inherit(below, command);
  return command;
}
