// What rows and words are called where labels are independent: charts and captions are written for accuracy. See tensor/metric.ts.
export type { Metric } from '../tensor/metric.js';
export { innerTables, saidOf } from '../tensor/metric.js';
