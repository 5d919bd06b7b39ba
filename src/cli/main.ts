#!/usr/bin/env node
import type { Command } from 'commander';
import { exitOf } from './exit.js';
import { createOutput, endOnBrokenPipe } from './output.js';
import { rootCommand } from './verb.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { packageVersion } from '../study/provenance.js';
import { VERBS } from './verbs.js';

endOnBrokenPipe();
const root = rootCommand(packageVersion());
// options before the verb have no values
const asked = process.argv.slice(2).find((word) => !word.startsWith('-'));
const known = [...Object.keys(VERBS), 'help'];
const wanted = asked !== undefined && Object.hasOwn(VERBS, asked) ? [asked] : Object.keys(VERBS);
for (const name of wanted) root.addCommand(inherit(await VERBS[name]!(), root));
try {
  if (asked !== undefined && !known.includes(asked)) throw new InputError(`carryover: ${unknownName('command', asked, known)}`);
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
