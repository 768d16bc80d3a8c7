// Follows a session with EventSource, and prints the version of each event as it arrives; ends when EventSource gives up.
//   node event-source.js URL
import { EventSource } from 'eventsource';

const source = new EventSource(process.argv[2]);
source.addEventListener('n', (event) => console.log(JSON.parse(event.data).seq));
source.addEventListener('session_close', (event) => console.log(JSON.parse(event.data).seq));
source.addEventListener('reel:end', (event) => console.log('end', JSON.parse(event.data).reason));
source.addEventListener('error', (event) => {
  if (source.readyState === EventSource.CLOSED) {
    console.log('closed', event.code);
  }
});
