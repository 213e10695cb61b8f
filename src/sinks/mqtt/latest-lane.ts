import type { MqttClient } from 'mqtt';
import type { SinkQueue } from '../queue.ts';
import { Lane } from './lane.ts';
import { publishAll } from './publish.ts';
import type { Publication } from './topics.ts';

/** Messages of which only the latest matters, or none very much: they wait in memory, one of each retained topic. */
export class LatestLane extends Lane {
  readonly #queue: SinkQueue<Publication>;
  #delivered = 0;
  #refused = 0;

  constructor(queue: SinkQueue<Publication>) {
    super();
    this.#queue = queue;
  }

  get counters() {
    const { dropped, length: queued } = this.#queue;
    return { delivered: this.#delivered, refused: this.#refused, dropped, queued };
  }

  get waiting(): number {
    return this.#queue.length;
  }

  push(publication: Publication): void {
    this.#queue.push(publication, publication.retain ? publication.topic : undefined);
  }

  /** One at a time, in order; a message leaves the queue when the broker has confirmed it. */
  protected async work(client: MqttClient): Promise<void> {
    for (;;) {
      const [publication] = this.#queue.peek(1);
      if (publication === undefined || !this.through(client)) return;
      const [outcome] = await publishAll(client, [publication]);
      if (outcome === 'lost') {
        client.stream.destroy();
        return;
      }
      if (outcome === 'confirmed') this.#delivered++;
      else this.#refused++;
      this.#queue.remove([publication]);
    }
  }
}
