"""The plain loop with paho and NumPy: parse, the mean over each of two lanes, publish."""

import json
import signal
import sys
from urllib.parse import urlparse

import numpy
import paho.mqtt.client as mqtt

HEADER_BYTES = 24


def main():
    url, name, form = sys.argv[1:4]

    def on_message(client, _, message):
        if form == "json":
            read = json.loads(message.payload)
            scan, loading = read["scan"], numpy.array(read["loading_g_m2"])
        else:
            scan = int.from_bytes(message.payload[8:12], "little")
            loading = numpy.frombuffer(message.payload, "<f4", offset=HEADER_BYTES)
        lanes = loading.reshape(2, -1).mean(axis=1)
        client.publish(f"out/{name}/means", json.dumps({"scan": scan, "lanes": lanes.tolist()}), qos=1)

    options = {"client_id": name}
    if hasattr(mqtt, "CallbackAPIVersion"):
        options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
    client = mqtt.Client(**options)
    client.on_message = on_message
    client.on_connect = lambda *_: client.subscribe(f"bench/{name}/scan", qos=1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    address = urlparse(url)
    client.connect(address.hostname, address.port)
    signal.signal(signal.SIGTERM, lambda *_: client.disconnect())
    client.loop_forever()


main()
