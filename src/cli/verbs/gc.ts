import type { Command } from 'commander';
import { gc } from '../../store/gc.js';
import { openStore } from '../../store/store.js';
import { bytes, plural } from '../format.js';
import { openStudy } from '../study-file.js';
import { action, JSON_OPTION, STORE_OPTION, verb } from '../verb.js';

export const gcVerb = (): Command =>
  action(
    verb('gc', 'remove results that none of the studies needs', ['carryover gc study.yaml other.yaml', 'carryover gc study.yaml --yes'])
      .argument('<study...>', 'studies whose results stay')
      .option(...STORE_OPTION)
      .option('--yes', 'remove; without it, only say what would go')
      .option(...JSON_OPTION),
    async (output, files: string[], { store: directory, yes = false }: { store: string; yes?: boolean }) => {
      const plans = await Promise.all(files.map(async (file) => (await openStudy(file)).plan));
      const store = await openStore(directory);
      const keep = new Set(plans.flatMap(({ steps }) => steps.map(({ id }) => id)));
      const garbage = await gc(store, { keep, dryRun: !yes });
      const total = garbage.reduce((sum, each) => sum + each.bytes, 0);
      output.data({ removed: yes, bytes: total, garbage });
      for (const each of garbage) output.line(`${each.what}  ${each.id}  ${bytes(each.bytes)}`);
      output.line(`${yes ? 'Removed' : 'Would remove'} ${plural(garbage.length, 'item')}, ${bytes(total)}.`);
      if (!yes && garbage.length > 0) output.note('Nothing was removed: add --yes to do it.');
    },
  );
