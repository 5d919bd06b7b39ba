import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../tensor/input-error.js';
import { bundledStudy } from '../study-file.js';
import { action, verb } from '../verb.js';
import { writeWhole } from '../write.js';

export const initVerb = (): Command =>
  action(
    verb('init', 'write a study file with its settings explained', ['carryover init', 'carryover init my-study']).argument(
      '[folder]',
      'where to write study.yaml',
      '.',
    ),
    async (output, folder: string) => {
      const file = join(folder, 'study.yaml');
      const exists = await access(file).then(
        () => true,
        () => false,
      );
      if (exists) throw new InputError(`init: ${file} exists and is not overwritten`);
      await writeWhole(file, await readFile(bundledStudy('template.yaml')));
      output.line(file);
      output.note(`Edit it, then: carryover plan ${file}`);
    },
  );
