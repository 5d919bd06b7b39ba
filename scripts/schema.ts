// Writes the JSON Schema of study files, for editors: `node dist/scripts/schema.js` after a build.
import { writeFileSync } from 'node:fs';
import { studyJsonSchema } from '../src/study/schema.js';

writeFileSync(new URL('../../schema/study.schema.json', import.meta.url), `${JSON.stringify(studyJsonSchema(), null, 2)}\n`);
