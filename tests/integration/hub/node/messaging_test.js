// SPDX-License-Identifier: MIT
'use strict';

// Direct methods, telemetry, cloud-to-device messages and module inputs, judged by Microsoft's
// clients on both sides.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const { Message } = require('azure-iot-device');

const { Hub, eventually, next } = require('./hub');

let hub;
before(async () => {
  hub = await Hub.start('--device', 'dev', '--device', 'idle', '--module', 'dev/mod');
});
after(() => hub.stop());

for (const [kind, name, target] of
  [['device', 'dev', ['dev']], ['module', 'dev/mod', ['dev', 'mod']]]) {
  describe(`direct methods of a ${kind}`, () => {
    let client;
    let service;
    before(async () => {
      client = await hub.open(name);
      service = hub.serviceClient();
      const answers = {
        echo: (request, response) => response.send(200, request.payload),
        refuse: (request, response) => response.send(418, { why: 'a teapot' }),
        never: () => {},
      };
      for (const [method, answer] of Object.entries(answers)) {
        (client.onDeviceMethod || client.onMethod).call(client, method, answer);
      }
      // The client subscribes by itself and doesn't say when that is done.
      await eventually('the client subscribes', () =>
        service.invokeDeviceMethod(...target, { methodName: 'echo', payload: null }).then(
          () => true,
          (error) => {
            assert.equal(error.name, 'DeviceNotFoundError');  // the SDK's word for any 404
            return false;
          }));
    });
    after(() => client.close());

    it('answer with status and payload', async () => {
      for (const payload of [{ deep: [1, { a: 'ü' }] }, 'text', 17, true, null]) {
        const { result } =
          await service.invokeDeviceMethod(...target, { methodName: 'echo', payload });
        assert.deepEqual(result, { status: 200, payload });
      }
      const { result } = await service.invokeDeviceMethod(...target, { methodName: 'refuse' });
      assert.deepEqual(result, { status: 418, payload: { why: 'a teapot' } });
    });

    it('may be many at once', async () => {
      const payloads = Array.from({ length: 40 }, (_, index) => ({ index }));
      const results = await Promise.all(payloads.map((payload) =>
        service.invokeDeviceMethod(...target, { methodName: 'echo', payload })));
      assert.deepEqual(results.map(({ result }) => result.payload), payloads);
    });

    it('time out with 504101', async () => {
      const path = `/twins/${target.join('/modules/')}/methods`;
      const { status, body } = await hub.request('POST', path, {
        body: { methodName: 'never', responseTimeoutInSeconds: 5 },
      });
      assert.equal(status, 504);
      assert.match(body.Message, /ErrorCode:.*504101/);
    });
  });
}

describe('a direct method', () => {
  it('for a device that is not connected answers 404103', async () => {
    const { status, body } = await hub.request('POST', '/twins/idle/methods', {
      body: { methodName: 'echo', payload: {} },
    });
    assert.equal(status, 404);
    assert.match(body.Message, /^ErrorCode:DeviceNotOnline;404103/);
    await assert.rejects(hub.serviceClient().invokeDeviceMethod('idle', { methodName: 'echo' }));
  });

  it('for a device that is connected but not subscribed answers 404103', async () => {
    const client = await hub.open('idle');
    const { status, body } = await hub.request('POST', '/twins/idle/methods', {
      body: { methodName: 'echo' },
    });
    await client.close();
    assert.equal(status, 404);
    assert.match(body.Message, /404103/);
  });
});

describe('telemetry', () => {
  it('of a device reaches the hub with its properties', async () => {
    const client = await hub.open('dev');
    const message = new Message(JSON.stringify({ temperature: 21.5 }));
    message.messageId = 'm-1';
    message.contentType = 'application/json';
    message.contentEncoding = 'utf-8';
    message.properties.add('alert', 'a=b&c ü');
    await client.sendEvent(message);
    await client.close();
    const [received] = await hub.telemetry('dev', 1);
    assert.equal(received.deviceId, 'dev');
    assert.equal(received.moduleId, undefined);
    assert.deepEqual(JSON.parse(received.payload), { temperature: 21.5 });
    assert.deepEqual(received.properties, {
      '$.mid': 'm-1', '$.ct': 'application/json', '$.ce': 'utf-8', alert: 'a=b&c ü',
    });
  });

  it('of a module names its output, and bytes stay bytes', async () => {
    const client = await hub.open('dev/mod');
    const bytes = Buffer.from([0xff, 0x00, 0x80]);
    await client.sendOutputEvent('out put', new Message(bytes));
    await client.close();
    const [received] = await hub.telemetry('dev/mod', 1);
    assert.equal(received.moduleId, 'mod');
    assert.equal(received.properties['$.on'], 'out put');
    assert.deepEqual(Buffer.from(received.payloadBase64, 'base64'), bytes);
  });
});

describe('a cloud-to-device message', () => {
  const send = (body) => hub.request('POST', '/_hubtwin/devices/dev/messages', { body });
  const pending = async () =>
    (await hub.request('GET', '/twins/dev')).body.cloudToDeviceMessageCount;

  it('reaches a connected device with its properties', async () => {
    const client = await hub.open('dev');
    const arrival = next(client, 'message');
    await send({ payload: 'hello', messageId: 'one', properties: { colour: 'dark red' } });
    const [message] = await arrival;
    await client.complete(message);
    await client.close();
    assert.equal(message.data.toString(), 'hello');
    assert.equal(message.messageId, 'one');
    assert.equal(message.to, '/devices/dev/messages/deviceBound');
    assert.equal(message.properties.getValue('colour'), 'dark red');
  });

  it('waits for a device that is away', async () => {
    for (const payload of ['first', 'second']) await send({ payload });
    assert.ok(await pending() >= 2);
    const client = await hub.open('dev');
    const received = [];
    const both = new Promise((resolve) => {
      client.on('message', async (message) => {
        received.push(message.data.toString());
        await client.complete(message);
        if (received.length === 2) resolve();
      });
    });
    await both;
    await client.close();
    assert.deepEqual(received, ['first', 'second']);
  });

  it('is gone after a purge', async () => {
    // A reconnect tells the hub that what it had handed over was acknowledged.
    await (await hub.open('dev')).close();
    for (let i = 0; i < 3; ++i) await send({ payload: 'x' });
    const waiting = await pending();
    const { status, body } = await hub.request('DELETE', '/devices/dev/commands');
    assert.equal(status, 200);
    assert.equal(body.totalMessagesPurged, waiting);
    assert.equal(await pending(), 0);
  });

  it('is refused when fifty wait already', async () => {
    for (let i = 0; i < 50; ++i) assert.equal((await send({ payload: 'x' })).status, 200);
    const { status, body } = await send({ payload: 'too many' });
    assert.equal(status, 403);
    assert.match(body.Message, /403004/);
    await hub.request('DELETE', '/devices/dev/commands');
  });
});

describe("a message to a module's input", () => {
  it('reaches the module', async () => {
    const client = await hub.open('dev/mod');
    const arrival = next(client, 'inputMessage');
    await eventually('the client subscribes', async () => {
      const { status } = await hub.request('POST', '/_hubtwin/devices/dev/modules/mod/inputs/in1', {
        body: { payload: 'routed', from: 'dev/other', properties: { k: 'v' } },
      });
      assert.ok([204, 404].includes(status), `status ${status}`);
      return status === 204;
    });
    const [input, message] = await arrival;
    await client.complete(message);
    await client.close();
    assert.equal(input, 'in1');
    assert.equal(message.data.toString(), 'routed');
    assert.equal(message.properties.getValue('k'), 'v');
  });
});
