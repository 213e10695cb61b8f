import type { MqttClient } from 'mqtt';

/** Something that waits and is worked off through whatever connection there is. */
export abstract class Lane {
  #client: MqttClient | undefined;
  #drained: () => void = () => {};

  abstract get waiting(): number;

  /** Delivers until nothing waits, or until `through` no longer says yes. Never rejects. */
  protected abstract work(client: MqttClient): Promise<void>;

  /** Delivers through this client whatever waits; while it does so already there is nothing to do. */
  send(client: MqttClient): void {
    if (this.#client === client) return;
    this.#client = client;
    void this.work(client).then(() => {
      if (this.#client !== client) return;
      this.#client = undefined;
      // What came between the last look and now is worked off as well.
      if (this.waiting > 0 && client.connected && !client.stream.destroyed) this.send(client);
      else this.#drained();
    });
  }

  /** The connection is gone: nothing more through it. */
  pause(): void {
    this.#client = undefined;
    this.#drained();
  }

  /** Resolves when nothing waits, or when there is no way to deliver it. */
  async drained(): Promise<void> {
    if (this.#client === undefined || this.waiting === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  protected through(client: MqttClient): boolean {
    return this.#client === client;
  }
}
