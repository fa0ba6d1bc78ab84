// SPDX-License-Identifier: MIT
'use strict';

// A hub's end with work in hand, and what it remembers at its next start.

const assert = require('node:assert/strict');
const { describe, it } = require('node:test');

const { Message } = require('azure-iot-device');

const { Hub, eventually } = require('./hub');

async function subscribed(hub, method) {
  await eventually('the client subscribes', async () => {
    const { status } = await hub.request('POST', '/twins/dev/methods', {
      body: { methodName: method, responseTimeoutInSeconds: 5 },
    });
    return status === 200;
  });
}

describe('a hub', () => {
  it('ends at once although method calls wait, and tells their callers', async (t) => {
    const hub = await Hub.start('--device', 'dev');
    t.after(() => hub.stop());
    const client = await hub.open('dev');
    client.onDeviceMethod('ping', (request, response) => response.send(200));
    let pending = 0;
    client.onDeviceMethod('never', () => { ++pending; });
    await subscribed(hub, 'ping');
    const calls = Array.from({ length: 60 }, () =>
      hub.request('POST', '/twins/dev/methods', {
        body: { methodName: 'never', responseTimeoutInSeconds: 300 },
      }));
    await eventually('all calls reach the device', () => pending === 60);
    // Others are served meanwhile.
    assert.equal((await hub.request('GET', '/devices/dev')).status, 200);
    const begin = Date.now();
    hub.child.kill('SIGTERM');
    for (const { status, body } of await Promise.all(calls)) {
      assert.equal(status, 503);
      assert.match(body.Message, /^ErrorCode:ServiceUnavailable;503001/);
    }
    assert.equal(await hub.ended, 0);
    assert.ok(Date.now() - begin < 20000);  // not the 300 s of the calls
  });

  it('keeps identities, twins and waiting messages over a restart', async (t) => {
    const hub = await Hub.startKeeping('--device', 'dev');
    t.after(() => hub.stop());
    const before = hub.devices.dev;
    let client = await hub.open('dev');
    const twin = await client.getTwin();
    await new Promise((resolve, reject) => {
      twin.properties.reported.update({ kept: 1 }, (e) => (e ? reject(e) : resolve()));
    });
    await client.close();
    await hub.request('PATCH', '/twins/dev',
      { body: { tags: { t: 1 }, properties: { desired: { d: 1 } } } });
    const { body: twinBefore } = await hub.request('GET', '/twins/dev');
    await hub.request('POST', '/_hubtwin/devices/dev/messages', { body: { payload: 'kept' } });

    await hub.restart('--device', 'dev');
    assert.equal(hub.devices.dev, before);
    const { body: twinAfter } = await hub.request('GET', '/twins/dev');
    assert.deepEqual(twinAfter.properties, twinBefore.properties);
    assert.deepEqual(twinAfter.tags, { t: 1 });
    assert.equal(twinAfter.cloudToDeviceMessageCount, 1);
    client = await hub.open('dev');
    const received = await new Promise((resolve) => { client.on('message', resolve); });
    assert.equal(received.data.toString(), 'kept');
    await client.close();
  });
});

it('the command line acts on devices', async (t) => {
  const hub = await Hub.start('--device', 'dev');
  t.after(() => hub.stop());
  const client = await hub.open('dev');
  client.onDeviceMethod('echo', (request, response) => response.send(201, request.payload));
  await subscribed(hub, 'echo');

  const payload = '[1,{"a":"ü"}]';
  assert.deepEqual(await hub.command('method', 'invoke', 'dev', 'echo', payload, '--compact'),
    { code: 0, stdout: `{"status":201,"payload":${payload}}\n`, stderr: '' });

  const arrived = new Promise((resolve) => { client.on('message', resolve); });
  await hub.command(
    'message', 'send', 'dev', 'a text', '--property', 'k=v w', '--message-id', 'id');
  const message = await arrived;
  assert.equal(message.data.toString(), 'a text');
  assert.equal(message.messageId, 'id');
  assert.equal(message.properties.getValue('k'), 'v w');

  await client.sendEvent(new Message('too early'));
  const watch =
    hub.command('telemetry', 'watch', '--from', 'dev', '--count', '2', '--timeout', '20');
  let stop = false;
  watch.then(() => { stop = true; });
  for (let i = 0; !stop; ++i) {
    await client.sendEvent(new Message(`n${i}`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { code, stdout } = await watch;
  assert.equal(code, 0);
  const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.length, 2);
  assert.equal(lines[1].sequence, lines[0].sequence + 1);
  assert.match(lines[0].payload, /^n\d+$/);

  const all = await hub.command('telemetry', 'watch', '--all', '--count', '1');
  assert.equal(JSON.parse(all.stdout).payload, 'too early');
  await client.close();
});
