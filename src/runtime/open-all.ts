import type { Session } from './session.js';

/** All or none. */
export async function openAll(openers: readonly (() => Promise<Session>)[]): Promise<Session[]> {
  const opened: Session[] = [];
  try {
    for (const open of openers) opened.push(await open());
    return opened;
  } catch (error) {
    for (const session of opened) await session.release();
    throw error;
  }
}
