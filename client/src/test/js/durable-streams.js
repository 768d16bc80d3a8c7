// Reads a session's events with the client of Durable Streams, and prints the version of each as it arrives.
//   node durable-streams.js URL MODE [OFFSET]      MODE: read, sse or long-poll
import { stream } from '@durable-streams/client';

const [url, mode, offset] = process.argv.slice(2);
const response = await stream({ url, offset, json: true, live: mode === 'read' ? false : mode });
for await (const event of response.jsonStream()) {
  console.log(event.seq);
}
console.log(response.streamClosed ? 'closed' : 'open', response.upToDate ? 'whole' : 'cut off', response.offset);
