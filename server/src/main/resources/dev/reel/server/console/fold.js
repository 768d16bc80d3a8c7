// The rows of a session. The server folds events into rows. The page loads the server's state and applies later events
// to it itself if they are simple; for others it asks the server again.

const ROLES = {
  user_message: 'user', assistant_message: 'assistant', system_message: 'system', tool_result: 'tool',
};
const STRUCTURAL = new Set([
  'messages_truncate', 'messages_restore', 'messages_clear', 'session_delete', 'session_fork', 'snapshots_clear',
  'session_update', 'session_start', 'session_close', 'session_resume', 'session_turn',
]);

export class Rows {
  constructor(state) {
    this.version = state.version;
    this.place = state.place;
    this.at = state.lastAt;
    this.session = state.session;
    this.messages = state.messages;
    this.snapshots = state.snapshots;
    /** How many cuts can be redone; null if unknown. */
    this.redoable = state.redoable;
    /** The version of the last applied event after which earlier cuts can't be redone; 0 if there is none. */
    this.ended = 0;
    /** Whether these are only the last messages of the session. */
    this.isPart = state.isPart ?? false;
    /** The version of which these are the rows, if it is an earlier one and they are only the last messages; or null. */
    this.asOf = state.asOf ?? null;
    // The index of each message, minus the number of messages that were put before the first one: so prepending changes
    // no index.
    this.index = new Map(state.messages.map((message, i) => [message.id, i]));
    this.before = 0;
    this.parts = new Map();
  }

  indexOf(id) {
    const i = this.index.get(id);
    return i === undefined ? undefined : i + this.before;
  }

  /** Adds older messages before the present ones. */
  prepend(messages, isPart) {
    this.before += messages.length;
    messages.forEach((message, i) => this.index.set(message.id, i - this.before));
    this.messages.unshift(...messages);
    this.isPart = isPart;
  }

  /**
   * Applies one event.
   *
   * @return {{stale?: boolean, message?: number, added?: boolean, unsure?: boolean}} what changed: `message` is the
   *     index of a message; `stale` is true if only the server can fold the event; `unsure` is true if the message may be
   *     one of the older messages that were not read
   */
  apply(event) {
    if (event.seq <= this.version) {
      return {};
    }
    if (event.seq !== this.version + 1 || event.v !== undefined || STRUCTURAL.has(event.event)) {
      this.version = event.seq;
      return { stale: true };
    }
    this.version = event.seq;
    this.at = event.ts;
    const role = ROLES[event.event];
    if (role) {
      this.redoable = 0;
      this.ended = event.seq;
      const id = event.data.id ?? event.uuid;
      this.parts.delete(id);
      return this.put({ id, role, content: event.data.message, at: event.ts, partial: false, seq: event.seq });
    }
    if (event.event === 'message_delta') {
      return this.part(event);
    }
    if (event.event === 'checkpoint') {
      const id = event.data.id ?? event.uuid;
      const snapshot = { id, messageId: event.data.message_id ?? null, state: event.data.state, createdAt: event.ts };
      this.snapshots = [...this.snapshots.filter((each) => each.id !== id), snapshot];
    }
    return {};
  }

  put(message) {
    const i = this.indexOf(message.id);
    if (i === undefined) {
      this.index.set(message.id, this.messages.length - this.before);
      this.messages.push(message);
      return { message: this.messages.length - 1, added: true, unsure: this.isPart };
    }
    this.messages[i] = { ...message, seq: this.messages[i].seq };
    return { message: i };
  }

  part(event) {
    const { id, n, text } = event.data;
    const i = this.indexOf(id);
    const row = i === undefined ? null : this.messages[i];
    if (row && !row.partial) {
      return {};
    }
    const role = event.data.role ?? row?.role ?? 'assistant';
    if (n === 0) {
      this.redoable = 0;
      this.parts.set(id, 1);
      return this.put({ id, role, content: { role, content: text }, at: event.ts, partial: true, seq: event.seq });
    }
    // How many parts a row has that was loaded with the state is unknown: the first part that follows shows it.
    if (!row || n !== (this.parts.get(id) ?? n)) {
      return {};
    }
    this.parts.set(id, n + 1);
    return this.put({ ...row, content: { role: row.role, content: String(row.content.content ?? '') + text } });
  }
}

/** The events after which earlier cuts can't be redone, besides those in the timeline. */
export const ENDING = [...Object.keys(ROLES), 'session_delete'];

/**
 * Returns how many cuts can be redone, for a page that has read only some of the events. Parts of streamed messages are
 * ignored: a part may belong to a removed message, and then it does not prevent a redo. So the number may be higher
 * than the server's, and is never lower.
 *
 * @param {Array} marks the marks of the timeline
 * @param {number} ended the version of the last of the {@link ENDING} events; 0 if there is none
 */
export function redoable(marks, ended) {
  let cuts = 0;
  for (const { seq, event } of marks) {
    if (event === 'messages_clear' || event === 'session_fork') {
      cuts = 0;
    } else if (event === 'messages_truncate' && seq > ended) {
      cuts++;
    } else if (event === 'messages_restore') {
      cuts = Math.max(0, cuts - 1);
    }
  }
  return cuts;
}

/**
 * Compares the messages of two versions: `marks` has `added` and `changed` by message id, `gone` lists the missing
 * ones.
 */
export function difference(base, shown) {
  const before = new Map(base.map((message) => [message.id, message]));
  const marks = new Map();
  for (const message of shown) {
    const old = before.get(message.id);
    before.delete(message.id);
    if (!old || old.seq !== message.seq) {
      marks.set(message.id, 'added');
    } else if (old !== message && (old.partial !== message.partial || JSON.stringify(old.content) !== JSON.stringify(message.content))) {
      marks.set(message.id, 'changed');
    }
  }
  return { marks, gone: [...before.values()] };
}
