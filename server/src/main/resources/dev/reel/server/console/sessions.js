// The list of sessions, the last changed first, with forks below their parents. It follows the feed. It is read in
// pages, as the user scrolls.

import { Api } from './api.js';
import { button, el, throttled } from './dom.js';
import { WindowedList } from './list.js';
import { addressOf } from './router.js';
import { SharedFeed } from './shared.js';
import { ago, day, preview } from './text.js';

const PAGE = 200;
const ROW = 58;
/** If more sessions than this changed, the list is read again. */
const MANY = 20;
const HOUR = 3_600_000;
const SINCE = [['Any time', 0], ['Last hour', HOUR], ['Last day', 24 * HOUR], ['Last week', 7 * 24 * HOUR]];
const CHANGES = [
  'session_start', 'session_update', 'session_resume', 'session_close', 'session_delete', 'user_message', 'assistant_message',
  'system_message', 'tool_result', 'checkpoint', 'messages_truncate', 'messages_restore', 'messages_clear',
];

export class Sessions {
  constructor(api, status, node) {
    this.api = api;
    this.status = status;
    this.sessions = new Map();
    this.rows = [];
    this.cursor = null;
    this.changed = new Set();
    this.later = throttled(400, () => this.refresh());
    this.search = el('input', { type: 'search', placeholder: 'Search titles and ids', 'aria-label': 'Search sessions',
      autocomplete: 'off', spellcheck: 'false', id: 'search', on: {
        input: throttled(200, () => this.load()),
        keydown: (event) => {
          if (event.key === 'ArrowDown' && this.rows.length) {
            event.preventDefault();
            this.list.focus(0);
          }
        },
      } });
    const filter = (label, options) => el('select', { 'aria-label': label, on: { change: () => this.load() } },
        ...options.map(([text, value]) => el('option', { value }, text)));
    this.filters = {
      end: filter('Open or closed', [['Any state', ''], ['Open', 'open'], ['Closed', 'closed']]),
      since: filter('Changed since', SINCE),
      parent: filter('Forks of', [['Any parent', '']]),
    };
    this.list = new WindowedList('Sessions', ROW, (i) => this.row(this.rows[i]), (first, last) => this.onSeen(last));
    this.note = el('div', { class: 'note', role: 'status' }, 'Loading sessions');
    node.append(el('div', { class: 'search' }, this.search,
        el('div', { class: 'filters', role: 'group', 'aria-label': 'Filters' }, ...Object.values(this.filters))), this.note, this.list.node);
    this.node = node;
    setInterval(() => this.list.show(this.rows.length), 20_000);
  }

  start() {
    this.status.stream('feed', 'connecting');
    this.feed = new SharedFeed(this.api, CHANGES, {
      read: () => this.read(),
      failed: (error) => this.say(error.message, true),
      changed: (ids) => {
        ids.forEach((id) => this.changed.add(id));
        this.later();
      },
      live: (isAgain) => {
        this.status.stream('feed', 'live');
        if (isAgain) {
          this.load();
        }
      },
      paused: () => this.status.drop('feed'),
      lost: () => this.status.stream('feed', 'lost'),
      ended: () => this.status.stream('feed', 'ended'),
    }, () => this.node.getClientRects().length > 0);
    // A narrow screen shows either the list or a session.
    new ResizeObserver(() => this.feed.check()).observe(this.node);
  }

  /** Returns the query for the server. */
  query() {
    const since = Number(this.filters.since.value);
    const end = this.filters.end.value;
    return {
      closed: end ? end === 'closed' : null,
      limit: PAGE, title: this.search.value.trim() || null, parent: this.filters.parent.value || null,
      changed_after: since ? new Date(Date.now() - since).toISOString() : null,
    };
  }

  isAsked({ id, title }) {
    return !this.asked || (title ?? '').toLowerCase().includes(this.asked.toLowerCase()) || id === this.asked;
  }

  isSelected({ closed, parentId }) {
    const { end, parent } = this.filters;
    return (!end.value || closed === (end.value === 'closed')) && (!parent.value || parentId === parent.value);
  }

  get isFiltered() {
    return Object.values(this.filters).some((filter) => filter.selectedIndex > 0);
  }

  take(found) {
    found.filter((session) => this.isSelected(session)).forEach((session) => this.sessions.set(session.id, session));
  }

  /** Reads the first page for the current search. Fails if it can't be read. */
  read() {
    this.reading = this.readFirst();
    return this.reading;
  }

  /** Reads the first page for the current search, or shows why it can't be read. */
  async load() {
    try {
      await this.read();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async readFirst() {
    const asked = this.search.value.trim();
    this.asked = asked;
    this.selected = this.query();
    this.loading?.abort();
    this.loading = new AbortController();
    const { signal } = this.loading;
    try {
      const [page, byId] = await Promise.all([
        this.api.request('GET', '/v1/sessions', { query: this.selected, signal }),
        asked ? this.api.get(Api.session(asked), { signal }).catch(() => null) : null,
      ]);
      const found = await page.json();
      this.cursor = page.headers.get('Reel-Next-Cursor');
      this.sessions = new Map();
      this.take(byId ? [...found, byId] : found);
      this.list.node.scrollTop = 0;
      this.draw();
    } catch (error) {
      if (error.name !== 'AbortError') {
        throw error;
      }
      // A later read replaced this one.
      await this.reading;
    }
  }

  async onSeen(last) {
    if (!this.cursor || this.isPaging || last < this.rows.length - 20) {
      return;
    }
    this.isPaging = true;
    const { selected } = this;
    try {
      const page = await this.api.request('GET', '/v1/sessions', { query: { ...selected, cursor: this.cursor } });
      const found = await page.json();
      if (selected === this.selected) {
        this.cursor = page.headers.get('Reel-Next-Cursor');
        this.take(found);
        this.draw();
      }
    } catch (error) {
      this.say(error.message, true);
    } finally {
      this.isPaging = false;
      // If another search began in the meantime, its rows may not fill the list.
      this.list.later();
    }
  }

  /** Reads the sessions that the feed named; reads the first page instead if there are many. */
  async refresh() {
    const ids = [...this.changed];
    this.changed.clear();
    if (ids.length > MANY) {
      await this.load();
      return;
    }
    await Promise.all(ids.map(async (id) => {
      try {
        const session = await this.api.get(Api.session(id));
        this.sessions.delete(id);
        this.take([session].filter((each) => this.isAsked(each)));
      } catch (error) {
        if (error.status === 404) {
          this.sessions.delete(id);
        }
      }
    }));
    this.draw();
  }

  draw() {
    const active = this.rows[this.list.active]?.session.id;
    this.rows = tree([...this.sessions.values()]);
    // The focus stays on the same session if it moves in the list.
    this.list.active = Math.max(0, this.rows.findIndex((row) => row.session.id === active));
    this.list.show(this.rows.length);
    if (this.rows.length) {
      this.note.hidden = true;
    } else if (this.cursor) {
      this.say('Searching the sessions');
    } else if (this.isFiltered) {
      this.say('No session matches these filters.');
    } else if (this.asked) {
      this.say(`No session has “${this.asked}” in its title or as its id.`);
    } else {
      this.say('No sessions yet. A new session appears here automatically.');
    }
  }

  say(text, isProblem = false) {
    this.note.hidden = false;
    this.note.replaceChildren(el('p', { class: isProblem ? 'problem' : '' }, text));
    if (isProblem) {
      this.note.append(button('Try again', () => this.load()));
    }
  }

  choose(id) {
    this.chosen = id;
    // The filter lists the session that is shown, and the parent that is selected.
    const { parent } = this.filters;
    const { value } = parent;
    const offered = [...new Set([value, id].filter(Boolean))];
    parent.replaceChildren(...[['Any parent', ''], ...offered.map((each) =>
      [`Forks of ${preview(this.sessions.get(each)?.title || each, 40)}`, each])].map(([text, at]) => el('option', { value: at }, text)));
    parent.value = value;
    this.list.show(this.rows.length);
  }

  row({ session, depth, isLast }) {
    const title = session.title || session.id;
    const node = el('a', {
      class: 'session', href: addressOf(session.id), 'aria-current': session.id === this.chosen ? 'page' : null,
      'data-depth': Math.min(depth, 5), 'data-last': isLast ? true : null,
    },
    el('span', { class: 'title', dir: 'auto' }, preview(title, 120)),
    el('time', { datetime: session.updatedAt, title: day(session.updatedAt) }, ago(session.updatedAt)),
    el('span', { class: 'sub' }, depth > 0 || session.parentId ? el('span', { class: 'tag' }, `fork at v${session.parentVersion ?? '?'}`) : null,
        session.closed ? el('span', { class: 'tag' }, 'closed') : null,
        el('span', { class: 'id' }, preview(session.id, 60)),
        session.model ? el('span', {}, preview(session.model, 40)) : null));
    return node;
  }
}

/** Puts forks below their parents, if these are in the list. A tree is sorted by its last change. */
function tree(sessions) {
  const known = new Map(sessions.map((session) => [session.id, { session, children: [], latest: session.position }]));
  const roots = [];
  for (const node of known.values()) {
    const parent = node.session.parentId === node.session.id ? null : known.get(node.session.parentId);
    if (parent && !isBelow(node, parent, known)) {
      parent.children.push(node);
      node.isChild = true;
    } else {
      roots.push(node);
    }
  }
  const settle = (node) => {
    node.children.forEach(settle);
    node.latest = Math.max(node.latest, ...node.children.map((child) => child.latest));
    node.children.sort((a, b) => b.latest - a.latest);
  };
  roots.forEach(settle);
  roots.sort((a, b) => b.latest - a.latest);
  const rows = [];
  const list = (node, depth, isLast) => {
    rows.push({ session: node.session, depth, isLast });
    node.children.forEach((child, i) => list(child, depth + 1, i === node.children.length - 1));
  };
  roots.forEach((root) => list(root, 0, false));
  return rows;
}

/** Returns whether the parent is below the node: a session that was purged and forked again can form a cycle. */
function isBelow(node, parent, known) {
  const seen = new Set();
  for (let each = parent; each && !seen.has(each); each = known.get(each.session.parentId)) {
    if (each === node) {
      return true;
    }
    seen.add(each);
  }
  return false;
}
