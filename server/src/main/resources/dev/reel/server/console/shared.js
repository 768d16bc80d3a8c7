// The feed for the list, as one stream for all visible windows of a browser: a browser opens at most six connections to
// a server, and each window also has the stream of its session.
//
// - One window leads: it holds a Web Lock and has the stream. It tells the others by a BroadcastChannel which sessions
//   changed, and the state of the stream. The others wait for the lock. A window that is hidden, closed, or rejected by
//   the server releases the lock, and the browser gives it to the next one.
// - Each window keeps the place in the feed up to which it knows all changes. A leader starts its stream after its own
//   place. It tells that place to the others when the stream opens, and to a window that asks. A window with another
//   place reads from the feed what it lacks. Until it has done so, what it hears does not move its place.
// - A window joins only after it has read the list with its own token, and the names of the lock and of the channel
//   contain a hash of the token. So only windows with the same, accepted token share a stream.
// - Without Web Locks (the page was loaded over plain HTTP from another machine) each window has its own stream.

import { isFinal, waitAfter } from './api.js';

const PATH = '/v1/events';
const NOW = 'now';
/** If more events than this were missed, the list is read again. */
const MISSED = 100;
/** Windows that were loaded from servers with different messages do not share. */
const FORMAT = 1;
/** The reason of an abort when the window is hidden. */
const PAUSE = 'pause';

export class SharedFeed {
  #api;
  #types;
  #to;
  #isSeen;
  #place = NOW;
  /** Aborted when the window no longer wants the feed. */
  #turn = new AbortController();
  #wake = () => {};
  #isLeading = false;
  /** 'live' or 'lost' as the leader told, or null if it has not told yet. */
  #told = null;
  /** How many reads of missed events are not finished; they run one after the other. */
  #reads = 0;
  #lastRead = Promise.resolve();
  #wasLost = false;
  #state = null;

  /**
   * @param {Api} api
   * @param {Array<string>} types of the events that change the list
   * @param {{read: function(): Promise, changed: function(Array<string>), live: function(boolean), paused: function(),
   *     lost: function(), ended: function(), failed: function(Problem)}} to `read` reads the list; `changed` receives ids
   *     of sessions; `live` receives whether the connection was lost before; `failed` receives why the list can't be read
   * @param {function(): boolean} isSeen returns whether the list is visible
   */
  constructor(api, types, to, isSeen) {
    this.#api = api;
    this.#types = types;
    this.#to = to;
    this.#isSeen = isSeen;
    document.addEventListener('visibilitychange', () => this.check());
    this.#run();
  }

  /** Calls `isSeen` again. */
  check() {
    if (this.#isWanted()) {
      this.#wake();
    } else {
      this.#turn.abort(PAUSE);
    }
  }

  #isWanted() {
    return !document.hidden && this.#isSeen();
  }

  async #run() {
    for (;;) {
      let signal = new AbortController().signal;
      try {
        if (this.#place === NOW) {
          await this.#begin(signal);
        }
        if (!this.#isWanted()) {
          this.#state = null;
          this.#to.paused();
          await new Promise((done) => {
            this.#wake = done;
          });
          continue;
        }
        this.#turn = new AbortController();
        ({ signal } = this.#turn);
        await this.#follow(signal);
      } catch (error) {
        const reason = signal.aborted ? signal.reason : error;
        if (reason.type === 'log-changed') {
          this.#place = NOW;
        } else if (reason !== PAUSE) {
          this.#to.ended();
          return;
        }
      }
    }
  }

  /** Reads the list, after the place in the feed: so the list has all changes up to that place. */
  async #begin(signal) {
    await this.#repeat(signal, async () => {
      try {
        const { place } = await this.#read(NOW, signal);
        await this.#to.read();
        signal.throwIfAborted();
        this.#place = place;
      } catch (error) {
        if (!signal.aborted) {
          this.#to.failed(error);
        }
        throw error;
      }
    });
  }

  /** Reads what changed after the window's place. */
  async #catchUp(signal) {
    this.#reads++;
    const read = this.#lastRead.then(() => this.#repeat(signal, async () => {
      const { place, changed } = await this.#read(this.#place, signal);
      signal.throwIfAborted();
      if (changed.length === MISSED) {
        // Reading the first page of the list is cheaper than reading all missed events.
        await this.#begin(signal);
      } else {
        this.#place = place;
        this.#changed(changed);
      }
    })).finally(() => {
      this.#reads--;
    });
    this.#lastRead = read.catch(() => {});
    await read;
  }

  async #read(after, signal) {
    const answer = await this.#api.request('GET', PATH, { query: { after, types: this.#types, limit: MISSED }, signal });
    return { changed: (await answer.json()).map((each) => each.session), place: answer.headers.get('Stream-Next-Offset') };
  }

  /** Calls until it succeeds, or fails for a reason that remains. */
  async #repeat(signal, call) {
    for (let attempt = 0; ; attempt++) {
      try {
        await call();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (isFinal(error)) {
          throw error;
        }
        this.#is('lost');
        await new Promise((done) => {
          setTimeout(done, waitAfter(attempt));
          signal.addEventListener('abort', done, { once: true });
        });
        signal.throwIfAborted();
      }
    }
  }

  async #follow(signal) {
    const name = await nameOf(this.#api.token);
    signal.throwIfAborted();
    if (name === null) {
      await this.#lead(signal, () => {});
      return;
    }
    const channel = new BroadcastChannel(name);
    const tell = (message) => channel.postMessage({ ...message, place: this.#place });
    this.#told = null;
    channel.onmessage = ({ data }) => this.#hear(data, tell, signal);
    try {
      tell({ kind: 'hello' });
      await navigator.locks.request(name, { signal }, () => this.#lead(signal, tell));
    } finally {
      channel.close();
    }
  }

  /** Has the stream until the window no longer wants the feed, or the server ends it. */
  async #lead(signal, tell) {
    signal.throwIfAborted();
    this.#isLeading = true;
    this.#told = null;
    let stream = null;
    try {
      await this.#catchUp(signal);
      await new Promise((_, reject) => {
        const state = (is) => {
          if (signal.aborted) {
            return;
          }
          this.#told = is;
          tell({ kind: is });
          this.#is(is);
        };
        signal.addEventListener('abort', () => reject(signal.reason));
        stream = this.#api.stream(PATH, { after: this.#place, types: this.#types }, {
          opened: () => state('live'),
          items: (items) => {
            const changed = items.filter((item) => !item.type.startsWith('reel:')).map((item) => JSON.parse(item.data).session);
            this.#place = items.findLast((item) => item.id)?.id ?? this.#place;
            tell({ kind: 'changed', changed });
            this.#changed(changed);
          },
          paused: () => {},
          lost: () => state('lost'),
          ended: (reason, problem) => reject(problem),
        });
      });
    } finally {
      this.#isLeading = false;
      stream?.close();
    }
  }

  async #hear({ kind, place, changed, isAnswer }, tell, signal) {
    if (this.#isLeading) {
      if (kind === 'hello' && this.#told !== null) {
        tell({ kind: this.#told, isAnswer: true });
      }
    } else if (kind === 'changed') {
      if (this.#told !== null && this.#reads === 0) {
        this.#place = place;
      }
      this.#changed(changed);
    } else if (kind !== 'hello' && !(isAnswer && this.#told !== null)) {
      this.#told = kind;
      try {
        if (kind === 'live' && place !== this.#place) {
          await this.#catchUp(signal);
        }
      } catch (error) {
        this.#turn.abort(error);
      }
      if (!signal.aborted && !this.#isLeading) {
        this.#is(this.#told);
      }
    }
  }

  #changed(ids) {
    if (ids.length) {
      this.#to.changed(ids);
    }
  }

  /** @param {'live'|'lost'} state */
  #is(state) {
    if (state === 'lost') {
      this.#wasLost = true;
      this.#to.lost();
    } else if (this.#state !== 'live') {
      this.#to.live(this.#wasLost);
      this.#wasLost = false;
    }
    this.#state = state;
  }
}

/** Returns the name of the lock and of the channel; null if the browser has no locks for this page. */
async function nameOf(token) {
  if (!navigator.locks || !globalThis.BroadcastChannel || !globalThis.crypto?.subtle) {
    return null;
  }
  try {
    await navigator.locks.query();
  } catch {
    // The browser's settings forbid the page to store anything.
    return null;
  }
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token ?? ''));
  return `reel-feed-${FORMAT}-${[...new Uint8Array(hash)].map((each) => each.toString(16).padStart(2, '0')).join('')}`;
}
