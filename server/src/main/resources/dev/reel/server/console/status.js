// The status of the page's connection and of the store.

import { el } from './dom.js';

const EVERY = 10_000;
const STATES = {
  read_only: 'The store is read-only: it follows another store.',
  full: 'The store accepts no writes: its disk is full.',
  stopped: 'The store accepts no writes after a failure. Stored sessions can be read.',
  closed: 'The store is closed.',
};

export class Status {
  constructor(pill, banner) {
    this.pill = pill;
    this.banner = banner;
    this.streams = new Map();
  }

  start() {
    const check = async () => {
      try {
        if (!document.hidden) {
          const answer = await fetch('/health', { cache: 'no-store' });
          this.store(await answer.json());
        }
      } catch {
        // The stream reports that the server can't be reached.
      }
      setTimeout(check, EVERY);
    };
    check();
  }

  store({ state, reason }) {
    const text = state in STATES ? STATES[state] : state && state !== 'accepting' ? `The store reports: ${state}` : '';
    this.banner.hidden = text === '';
    if (this.banner.dataset.text !== text + reason) {
      this.banner.dataset.text = text + reason;
      this.banner.replaceChildren(el('strong', {}, text), ' ', reason ?? '');
    }
  }

  /** @param {'connecting'|'live'|'lost'|'ended'} state the state of one of the page's streams */
  stream(name, state) {
    this.streams.set(name, state);
    this.draw();
  }

  /** The stream is closed, or paused: the page is hidden, or does not show the part that uses the stream. */
  drop(name) {
    this.streams.delete(name);
    this.draw();
  }

  draw() {
    if (this.streams.size === 0) {
      // The last status stays until a stream is open again.
      return;
    }
    const all = [...this.streams.values()];
    const worst = ['lost', 'connecting', 'live', 'ended'].find((each) => all.includes(each));
    const texts = { lost: 'Connection lost, trying again', connecting: 'Connecting', live: 'Live', ended: 'Connected' };
    if (this.pill.dataset.state !== worst) {
      this.pill.dataset.state = worst;
      this.pill.textContent = texts[worst];
    }
  }
}
