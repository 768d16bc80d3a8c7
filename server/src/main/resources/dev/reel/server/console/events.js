// The raw events of a session, by version. Versions have no gaps, so a row is found without reading those before it.

import { Api } from './api.js';
import { button, copyButton, el } from './dom.js';
import { WindowedList } from './list.js';
import { clock, code, day, indented, number, preview } from './text.js';

const PAGE = 200;
const ROW = 30;
const KEPT_PAGES = 60;

export class Events {
  /** @param {function(number)} onVersion shows the session as of a version */
  constructor(api, session, onVersion) {
    this.api = api;
    this.session = session;
    this.onVersion = onVersion;
    this.head = 0;
    this.pages = new Map();
    this.chosen = 0;
    this.list = new WindowedList('Events', ROW, (i) => this.row(i + 1), (first, last) => this.fetch(first, last));
    this.detail = el('div', { class: 'detail', hidden: true });
    this.goto = el('input', { type: 'number', min: 1, 'aria-label': 'Go to event', placeholder: 'Go to', on: {
      change: () => this.choose(Math.max(1, Math.min(this.head, Number(this.goto.value)))),
    } });
    this.total = el('span', { class: 'hint' });
    this.node = el('section', { class: 'events', 'aria-label': 'Events' },
        el('header', {}, el('h3', {}, 'Events'), this.total, el('span', { class: 'grow' }), this.goto),
        this.list.node, this.detail);
  }

  close() {
    this.closed = true;
    this.list.close();
  }

  /** The log has this many events, and another version is shown beside it. */
  show(head, shown) {
    const follows = this.head === 0 || this.list.atEnd && shown === head;
    this.head = head;
    this.shown = shown;
    this.total.textContent = number(head);
    this.goto.max = head;
    this.list.show(head);
    if (follows) {
      this.list.toEnd();
      // Before the first layout there is nothing to scroll.
      requestAnimationFrame(() => this.list.toEnd());
    } else if (shown !== head) {
      this.list.reveal(shown - 1);
    }
  }

  /** An event that came live: its line. */
  add(event, line) {
    const page = Math.floor((event.seq - 1) / PAGE);
    const known = this.pages.get(page);
    if (Array.isArray(known)) {
      known[(event.seq - 1) % PAGE] = { event, line };
    } else if (!known && (event.seq - 1) % PAGE === 0) {
      this.pages.set(page, [{ event, line }]);
    }
  }

  /** The log is another one than was read. */
  forget() {
    this.pages.clear();
  }

  at(seq) {
    const page = this.pages.get(Math.floor((seq - 1) / PAGE));
    return Array.isArray(page) ? page[(seq - 1) % PAGE] : undefined;
  }

  fetch(first, last) {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(first, last - 1) / PAGE); page++) {
      const end = Math.min(this.head, (page + 1) * PAGE);
      const known = this.pages.get(page);
      const isWhole = Array.isArray(known) && known.length >= end - page * PAGE && !known.includes(undefined);
      if (this.head > 0 && end > page * PAGE && known !== 'coming' && !isWhole) {
        this.fetchPage(page, known);
      }
    }
  }

  async fetchPage(page, known) {
    this.pages.set(page, 'coming');
    try {
      const lines = await this.api.lines(Api.session(this.session, '/events'), { query: { after: page * PAGE, limit: PAGE } });
      this.pages.set(page, lines.map((line) => ({ line, event: JSON.parse(line) })));
      for (const old of [...this.pages.keys()].slice(0, Math.max(0, this.pages.size - KEPT_PAGES))) {
        this.pages.delete(old);
      }
      if (!this.closed && lines.length) {
        this.list.show(this.head);
      }
    } catch {
      this.pages.delete(page);
      setTimeout(() => !this.closed && this.list.later(), 3000);
    }
  }

  row(seq) {
    const found = this.at(seq);
    const row = el('button', {
      type: 'button', class: 'event', 'aria-current': seq === this.chosen ? 'true' : null,
      'data-later': seq > this.shown ? true : null, on: { click: () => this.choose(seq) },
    }, el('span', { class: 'seq' }, String(seq)));
    if (found) {
      row.append(el('span', { class: 'type' }, preview(found.event.event, 60)),
          el('span', { class: 'data' }, preview(dataOf(found.line), 100)),
          el('time', { datetime: found.event.ts, title: day(found.event.ts) }, clock(found.event.ts)));
    } else {
      row.append(el('span', { class: 'type coming' }, '…'));
    }
    return row;
  }

  async choose(seq) {
    if (!seq) {
      return;
    }
    this.chosen = seq;
    this.list.reveal(seq - 1);
    this.list.show(this.head);
    let found = this.at(seq);
    if (!found) {
      try {
        const [line] = await this.api.lines(Api.session(this.session, '/events'), { query: { after: seq - 1, limit: 1 } });
        found = line ? { line, event: JSON.parse(line) } : null;
      } catch (error) {
        found = null;
      }
    }
    if (this.chosen !== seq || !found) {
      return;
    }
    this.detail.hidden = false;
    this.detail.replaceChildren(
        el('header', {}, el('h4', {}, `${seq} · ${preview(found.event.event, 60)}`), el('span', { class: 'grow' }),
            copyButton('Copy', () => found.line),
            button('Show session here', () => this.onVersion(seq), { class: 'quiet' }),
            button('Close', () => this.unchoose(), { class: 'quiet', 'aria-label': 'Close the event' })),
        el('div', { class: 'detail-body' }, code(indented(found.line))));
  }

  unchoose() {
    const seq = this.chosen;
    this.chosen = 0;
    this.detail.hidden = true;
    this.list.show(this.head);
    this.list.focus(seq - 1);
  }
}

/** The data of a line, as it was written. */
function dataOf(line) {
  const at = line.indexOf('"data":');
  return at < 0 ? '' : line.slice(at + 7, at + 400);
}
