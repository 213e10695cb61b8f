import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { EventStream, type Subscriber } from '../../../src/http/event-stream.ts';

class FakeSubscriber extends EventEmitter {
  written = '';
  writableLength = 0;
  destroyed = false;
  readonly reads: boolean;

  constructor(reads: boolean) {
    super();
    this.reads = reads;
  }

  write(chunk: Buffer | string): boolean {
    this.written += chunk.toString();
    if (!this.reads) this.writableLength += chunk.length;
    return this.reads;
  }

  destroy(): this {
    this.destroyed = true;
    this.emit('close');
    return this;
  }
}

const asSubscriber = (fake: FakeSubscriber) => fake as unknown as Subscriber;

describe('EventStream', () => {
  it('cuts off the page that does not read, and goes on serving the other', () => {
    let slow = 0;
    const stream = new EventStream(1000, () => slow++);
    const reader = new FakeSubscriber(true);
    const sleeper = new FakeSubscriber(false);
    stream.add(asSubscriber(reader));
    stream.add(asSubscriber(sleeper));
    for (let i = 0; i < 100; i++) stream.send('batch', { i, padding: 'x'.repeat(50) });
    expect(sleeper.destroyed).toBe(true);
    expect(slow).toBe(1);
    expect(stream.size).toBe(1);
    expect(sleeper.written.length).toBeLessThan(1200);
    expect(reader.written.match(/event: batch/g)).toHaveLength(100);
  });

  it('writes events in the form of the standard', () => {
    const stream = new EventStream(1000, () => {});
    const reader = new FakeSubscriber(true);
    stream.add(asSubscriber(reader));
    stream.send('batch', { text: 'two\nlines' });
    expect(reader.written.split('\n\n')).toEqual([
      'retry: 1000\nevent: ready\ndata: {}',
      'event: batch\ndata: {"text":"two\\nlines"}',
      '',
    ]);
  });

  it('forgets a page that left', () => {
    const stream = new EventStream(1000, () => {});
    const reader = new FakeSubscriber(true);
    stream.add(asSubscriber(reader));
    reader.emit('close');
    expect(stream.size).toBe(0);
  });
});
