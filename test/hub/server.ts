import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What the server does besides; changed by tests while it runs. */
export interface Behaviour {
  /** Status that every request gets before anything else, so many times. */
  refuse: { status: number; times: number; headers?: Record<string, string> } | null;
  /** Closes the connection of a download after so many bytes, so many times. */
  cut: { after: number; times: number } | null;
  /** Sends other bytes than it announces. */
  corrupt: boolean;
  /** Sends the whole file whatever range is asked for. */
  ranges: boolean;
  token: string | null;
  gated: boolean;
}

export interface Hub {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** 'GET /timm/net/resolve/main/model.safetensors bytes=5-' in order. */
  readonly asked: string[];
  /** Credentials that the host of large files was sent. */
  readonly leaked: string[];
  close(): Promise<void>;
}

export const COMMIT = 'c0ffee'.padEnd(40, '0');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const gitSha1 = (bytes: Uint8Array) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** A loopback Hub of one repository `timm/net`, and the host of its large files (another origin) to which it redirects. */
export async function startHub(t: Pick<TestContext, 'after'>, files: Readonly<Record<string, Uint8Array>>): Promise<Hub> {
  const asked: string[] = [];
  const leaked: string[] = [];
  const behaviour: Behaviour = { refuse: null, cut: null, corrupt: false, ranges: true, token: null, gated: false };
  const isLarge = (name: string) => /\.(safetensors|bin)$/.test(name);

  const storage = await listen((request, response) => {
    asked.push(`storage ${request.headers.range ?? 'all'}`);
    if (request.headers.authorization) leaked.push(request.headers.authorization);
    send(files[decodeURIComponent(request.url!.slice(1))]!, request, response);
  });
  const hub = await listen((request, response) => {
    asked.push(`${request.method!} ${request.url!}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const { refuse } = behaviour;
    if (refuse && refuse.times-- > 0) return void response.writeHead(refuse.status, refuse.headers).end();
    if (behaviour.token !== null && request.headers.authorization !== `Bearer ${behaviour.token}`)
      return void response.writeHead(401, { 'x-error-code': 'RepoNotFound' }).end();
    if (behaviour.gated) return void response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
    const moved = /^\/old\/net(\/.*)$/.exec(request.url!)?.[1];
    if (moved !== undefined) return void response.writeHead(307, { location: `/timm/net${moved}` }).end();
    if (request.url === '/api/models/timm/net/revision/main') {
      const body = JSON.stringify({ sha: COMMIT, siblings: Object.keys(files).map((rfilename) => ({ rfilename })) });
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    }
    const [, revision, name] = /^\/timm\/net\/resolve\/([^/]+)\/(.+)$/.exec(request.url!) ?? [];
    if (revision !== 'main' && revision !== COMMIT)
      return void response.writeHead(404, { 'x-error-code': revision ? 'RevisionNotFound' : 'RepoNotFound' }).end();
    const bytes = files[decodeURIComponent(name!)];
    if (!bytes) return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    const about = { 'x-repo-commit': COMMIT, etag: `"${gitSha1(bytes)}"` };
    if (!isLarge(name!)) return send(bytes, request, response, about);
    const linked = { ...about, 'x-linked-etag': `"${sha256(bytes)}"`, 'x-linked-size': String(bytes.length) };
    response.writeHead(302, { ...linked, location: `${urlOf(storage, 'localhost')}/${name!}` }).end();
  });

  function send(bytes: Uint8Array, request: IncomingMessage, response: ServerResponse, headers: Record<string, string> = {}): void {
    const from = behaviour.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
    if (from > 0 && from >= bytes.length) return void response.writeHead(416).end();
    const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    const body = Buffer.from(bytes.subarray(from));
    if (behaviour.corrupt) body[0]! ^= 1;
    response.writeHead(from > 0 ? 206 : 200, { ...headers, ...range, 'content-length': body.length });
    if (request.method === 'HEAD') return void response.end();
    const { cut } = behaviour;
    if (cut && cut.times-- > 0) return void response.write(body.subarray(0, cut.after), () => setTimeout(() => response.destroy(), 20));
    response.end(body);
  }

  const close = async () => {
    for (const server of [hub, storage]) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  };
  t.after(close);
  return { url: urlOf(hub, '127.0.0.1'), behaviour, asked, leaked, close };
}

const listen = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> =>
  new Promise((ready) => {
    const server = createServer(answer).listen(0, () => ready(server));
  });

const urlOf = (server: Server, host: string): string => `http://${host}:${(server.address() as AddressInfo).port}`;
