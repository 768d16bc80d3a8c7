// The actions that change a session. Each asks for confirmation first, and describes what it will do.

import { Api } from './api.js';
import { say, el } from './dom.js';
import { ask, field } from './dialogs.js';
import { count } from './text.js';

export class Actions {
  /**
   * @param {Api} api
   * @param {string} session
   * @param {{rows: function(): Rows, shown: function(): ?number, went: function(string), now: function(), tell: function(string)}}
   *     view `shown` is the version that is shown, null for the current one; `tell` shows a text until it is closed
   */
  constructor(api, session, view) {
    this.api = api;
    this.session = session;
    this.view = view;
  }

  post(what, body) {
    return this.api.write(Api.session(this.session, `/${what}`), body);
  }

  async done(text) {
    say(text);
    this.view.now();
  }

  async checkpoint() {
    const label = el('input', { maxlength: 200, autocomplete: 'off' });
    const isDone = await ask({
      title: 'Checkpoint',
      text: 'Marks the last message of the session, so that you can return to it later.',
      fields: [field('Label', label)],
      confirm: 'Create checkpoint',
      act: () => this.post('checkpoint', label.value.trim() ? { label: label.value.trim() } : {}),
    });
    if (isDone) {
      say('Checkpoint created');
    }
  }

  /** Returns the places that a rewind or a fork can go to. */
  places(now) {
    const shown = this.view.shown();
    const select = el('select');
    const add = (text, anchor, isChosen = false) => {
      const option = el('option', { value: JSON.stringify(anchor) }, text);
      option.selected = isChosen;
      select.append(option);
    };
    if (now) {
      add('Now', null, shown === null);
    }
    if (shown !== null) {
      add(`Version ${shown}, shown now`, { version: shown }, true);
    }
    const { messages, isPart } = this.view.rows();
    if (isPart || messages.some((message) => message.role === 'user')) {
      add('The last user message', { lastUserMessage: true });
    }
    this.view.rows().snapshots.slice(-100).reverse().forEach((each) =>
      add(`Checkpoint ${each.state?.label ?? each.id}`, { snapshot: each.id }));
    return select;
  }

  async rewind(anchor) {
    const places = anchor ? null : this.places(false);
    if (places && places.options.length === 0) {
      await ask({ title: 'Rewind', text: 'The session has no message or checkpoint to rewind to.', confirm: 'Close', act: async () => {} });
      return;
    }
    let result;
    const isDone = await ask({
      title: 'Rewind',
      text: 'Removes all messages after a place. Redo restores them until the next message is written.',
      fields: places ? [field('To', places)] : [],
      confirm: 'Rewind',
      isDanger: true,
      act: async () => {
        result = await this.post('rewind', anchor ?? JSON.parse(places.value));
      },
    });
    if (isDone) {
      await this.done(`${count(result?.cut ?? 0, 'message')} removed`);
    }
  }

  async undo() {
    let result;
    const isDone = await ask({
      title: 'Undo',
      text: 'Removes the last user message and everything after it. Redo restores them until the next message is written.',
      confirm: 'Undo',
      isDanger: true,
      act: async () => {
        result = await this.post('undo');
      },
    });
    if (isDone) {
      await this.done(`${count(result?.cut ?? 0, 'message')} removed`);
      this.tellIfNothing(result?.cut, 'There was nothing to undo.');
    }
  }

  async redo() {
    let result;
    const isDone = await ask({
      title: 'Redo',
      text: 'Restores the messages that the last rewind or undo removed.',
      confirm: 'Redo',
      act: async () => {
        result = await this.post('redo');
      },
    });
    if (isDone) {
      await this.done(`${count(result?.restored ?? 0, 'message')} restored`);
      this.tellIfNothing(result?.restored, 'There was nothing to redo.');
    }
  }

  /** Shows the text if nothing changed. A button can be enabled although there is nothing to do, if another writer was first. */
  tellIfNothing(n, text) {
    if (!n) {
      this.view.tell(text);
    }
  }

  async fork(anchor) {
    const title = el('input', { maxlength: 500, autocomplete: 'off' });
    title.value = this.view.rows().session?.title ?? '';
    const places = anchor ? null : this.places(true);
    let result;
    const isDone = await ask({
      title: 'Fork',
      text: 'Creates a session with the history of this one up to a place. This session does not change.',
      fields: [...(places ? [field('From', places)] : []), field('Title', title)],
      confirm: 'Create fork',
      act: async () => {
        const at = anchor ?? JSON.parse(places.value);
        result = await this.post('fork', {
          ...(at ? { at } : {}), ...(title.value.trim() ? { title: title.value.trim() } : {}),
        });
      },
    });
    if (isDone) {
      say('Fork created');
      this.view.went(result.sessionId);
    }
  }
}
