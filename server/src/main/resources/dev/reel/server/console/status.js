// What the page knows of its connection and of the store.

import { el } from './dom.js';

const EVERY = 10_000;
const STATES = {
  read_only: 'The store cannot be written: it follows another one.',
  full: 'The store has stopped writing: its disk is full.',
  stopped: 'The store has stopped writing after a failure. What is stored can be read.',
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
        // The stream says that the server cannot be reached.
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

  /** @param {'connecting'|'live'|'lost'|'ended'} state of one of the page's streams */
  stream(name, state) {
    this.streams.set(name, state);
    this.draw();
  }

  /** The stream is closed, or has a pause: the page is hidden, or does not show what it is for. */
  drop(name) {
    this.streams.delete(name);
    this.draw();
  }

  draw() {
    if (this.streams.size === 0) {
      // As it was, until one of them is there again.
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
