// The client of the HTTP API. The token is kept only for this tab, and is sent only in a header, never in a URL.

const KEY = 'reel-token';
// The server sends a heartbeat after at most one and a half intervals; the interval is 15 seconds by default.
const SILENCE = 60_000;
const WAITS = [500, 1000, 2000, 4000, 8000];
/** The reason of an abort when a stream only pauses. */
const PAUSE = 'pause';

/** An answer that is a problem document (RFC 9457), or a request without an answer. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || `The server answered with status ${status}.`);
    this.status = status;
    this.title = body.title || `Status ${status}`;
    this.type = String(body.type || '').replace('urn:reel:problem:', '');
    this.retryable = body.retryable === true || status === 0;
  }
}

/** Returns whether the same request would fail again. */
export function isFinal(error) {
  return error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;
}

/** Returns the milliseconds to wait after the attempt of this number, from 0. */
export function waitAfter(attempt) {
  return WAITS[Math.min(attempt, WAITS.length - 1)] * (0.8 + 0.4 * Math.random());
}

export class Api {
  onUnauthorized = () => {};
  #streams = new Set();

  constructor() {
    document.addEventListener('visibilitychange', () => this.#streams.forEach((stream) => stream.check()));
  }

  get token() {
    return sessionStorage.getItem(KEY);
  }

  set token(value) {
    if (value) {
      sessionStorage.setItem(KEY, value);
    } else {
      sessionStorage.removeItem(KEY);
    }
  }

  static session(id, rest = '') {
    return `/v1/sessions/${encodeURIComponent(id)}${rest}`;
  }

  /** Returns the answer; throws a {@link Problem} if the server returns one. */
  async request(method, path, { query = {}, body, headers = {}, signal } = {}) {
    const all = new Headers(headers);
    if (this.token) {
      all.set('Authorization', `Bearer ${this.token}`);
    }
    if (body !== undefined) {
      all.set('Content-Type', 'application/json');
    }
    // A list keeps the commas between its values unencoded; a comma inside a value is encoded.
    const asked = Object.entries(query).filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => `${name}=${[value].flat().map(encodeURIComponent).join(',')}`).join('&');
    const url = path + (asked ? `?${asked}` : '');
    let answer;
    try {
      answer = await fetch(url, {
        method, headers: all, signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
        body: body === undefined ? undefined : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === 'AbortError') {
        throw error;
      }
      throw new Problem(0, { title: 'No answer', detail: 'The server cannot be reached.' });
    }
    if (answer.ok) {
      return answer;
    }
    const problem = new Problem(answer.status, await answer.json().catch(() => ({})));
    if (answer.status === 401) {
      this.onUnauthorized(problem);
    }
    throw problem;
  }

  async get(path, options = {}) {
    return (await this.request('GET', path, options)).json();
  }

  /** Returns the events of a session as the lines of its file. */
  async lines(path, options = {}) {
    const answer = await this.request('GET', path, { ...options, headers: { Accept: 'application/x-ndjson' } });
    return (await answer.text()).split('\n').filter((line) => line !== '');
  }

  /** Sends a write. Its idempotency key makes it safe to repeat after a lost answer. */
  async write(path, body) {
    const headers = { 'Idempotency-Key': crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2) };
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.request('POST', path, { body, headers });
        return answer.status === 204 ? null : answer.json();
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 0 || attempt === 2) {
          throw error;
        }
        await new Promise((done) => setTimeout(done, WAITS[attempt]));
      }
    }
  }

  /**
   * Follows a stream of server-sent events. Reconnects after a lost connection, until the stream is closed or can't
   * continue. Disconnects while the page is hidden or `isSeen` is false: a browser opens at most six connections to a
   * server, for all its tabs together.
   *
   * @param {string} path
   * @param {object} query the query of the first request; later ones continue after the last event
   * @param {{opened: function(boolean), items: function(Array), paused: function(), lost: function(Problem, number),
   *     ended: function(string, object)}} to `opened` receives whether the connection was lost before; `lost` receives the
   *     milliseconds until the next attempt
   * @param {function(): boolean} isSeen returns whether the part of the page that uses the stream is visible
   * @return {{close: function(), retry: function(), check: function()}} `check` calls `isSeen` again
   */
  stream(path, query, to, isSeen = () => true) {
    const isWanted = () => !document.hidden && isSeen();
    let abort = new AbortController();
    let closed = false;
    let place = null;
    let attempt = 0;
    let wasLost = false;
    let wake = () => {};
    const follow = async () => {
      while (!closed) {
        if (!isWanted()) {
          to.paused();
          await new Promise((done) => {
            wake = done;
          });
          continue;
        }
        abort = new AbortController();
        const { signal } = abort;
        try {
          const headers = { Accept: 'text/event-stream', ...(place === null ? {} : { 'Last-Event-ID': place }) };
          const answer = await this.request('GET', path, { query: place === null ? query : keep(query), headers, signal });
          if (answer.status === 204) {
            to.ended(answer.headers.get('Stream-Closed') === 'true' ? 'closed' : 'purged', {});
            return;
          }
          attempt = 0;
          to.opened(wasLost);
          wasLost = false;
          const end = await receive(answer.body, abort, (items) => {
            if (!closed) {
              items.forEach((item) => {
                place = item.id ?? place;
              });
              to.items(items.filter((item) => item.type !== 'reel:end'));
            }
          });
          if (closed) {
            return;
          }
          if (end && end.reason !== 'shutdown') {
            to.ended(end.reason, end);
            return;
          }
          throw new Problem(0, { title: 'Connection lost', detail: end ? 'The server is shutting down.' : 'The connection was lost.' });
        } catch (error) {
          if (closed) {
            return;
          }
          if (signal.reason === PAUSE) {
            continue;
          }
          if (isFinal(error)) {
            to.ended('problem', error);
            return;
          }
          const wait = waitAfter(attempt++);
          wasLost = true;
          to.lost(error, wait);
          await new Promise((done) => {
            wake = done;
            setTimeout(done, wait);
          });
        }
      }
    };
    const stream = {
      close: () => {
        closed = true;
        abort.abort();
        wake();
      },
      retry: () => wake(),
      check: () => isWanted() ? wake() : abort.abort(PAUSE),
    };
    this.#streams.add(stream);
    follow().finally(() => this.#streams.delete(stream));
    return stream;
  }
}

/** The parameters that a reconnect repeats; its place is in a header. */
function keep(query) {
  const { offset, after, ...rest } = query;
  return rest;
}

/** Reads server-sent events until the stream ends; returns the data of its reel:end, or null. */
async function receive(body, abort, deliver) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let end = null;
  let item = { id: null, type: 'message', data: [] };
  let timer = 0;
  try {
    for (;;) {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), SILENCE);
      const { value, done } = await reader.read();
      if (done) {
        return end;
      }
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop();
      const items = [];
      for (const raw of lines) {
        const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
        if (line === '') {
          if (item.data.length) {
            items.push({ id: item.id, type: item.type, data: item.data.join('\n') });
          }
          item = { id: null, type: 'message', data: [] };
          continue;
        }
        const colon = line.indexOf(':');
        const field = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
        if (field === 'id') {
          item.id = text;
        } else if (field === 'event') {
          item.type = text;
        } else if (field === 'data') {
          item.data.push(text);
        }
      }
      const last = items.find((each) => each.type === 'reel:end');
      end = last ? JSON.parse(last.data) : end;
      if (items.length) {
        deliver(items);
      }
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}
