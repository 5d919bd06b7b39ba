import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCsv } from '../../src/store/csv.js';

test('RFC 4180: header, CRLF, quotes doubled', () => {
  assert.equal(toCsv([{ a: 1, b: 'x' }]), 'a,b\r\n1,x\r\n');
  assert.equal(toCsv([{ a: 'say "hi"', b: 'one, two', c: 'line\nbreak' }]), 'a,b,c\r\n"say ""hi""","one, two","line\nbreak"\r\n');
});

test('null is empty, an empty text is not, numbers read back', () => {
  assert.equal(toCsv([{ a: null, b: '', c: true, d: 0.1 + 0.2, e: 1e-21 }]), 'a,b,c,d,e\r\n,"",true,0.30000000000000004,1e-21\r\n');
});

test('columns of all rows, in the order of their first mention', () => {
  assert.equal(toCsv([{ a: 1 }, { b: 2, a: 3 }]), 'a,b\r\n1,\r\n3,2\r\n');
  assert.equal(toCsv([]), '');
});
