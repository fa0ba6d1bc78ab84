// SPDX-License-Identifier: MIT
'use strict';

// Who may connect, and how often, judged by Microsoft's clients.

const assert = require('node:assert/strict');
const tls = require('node:tls');
const { after, before, describe, it } = require('node:test');

const { Hub, eventually, next } = require('./hub');

let hub;
before(async () => {
  hub = await Hub.start('--device', 'dev', '--device', 'other', '--module', 'dev/mod');
});
after(() => hub.stop());

function replaced(connectionString, name, value) {
  return connectionString.replace(new RegExp(`${name}=[^;]*`), `${name}=${value}`);
}

async function opens(connectionString) {
  const client = await hub.client(connectionString);
  await client.open();
  await client.close();
}

describe('a connection is refused', () => {
  const cases = {
    'with a wrong key': () => replaced(hub.devices.dev, 'SharedAccessKey',
      Buffer.alloc(32, 7).toString('base64')),
    "with another device's key": () => replaced(hub.devices.other, 'DeviceId', 'dev'),
    "with its device's key, for a module": () =>
      `${hub.devices.dev};ModuleId=mod`,
    'for a device that is not registered': () => replaced(hub.devices.dev, 'DeviceId', 'nobody'),
  };
  for (const [title, connectionString] of Object.entries(cases)) {
    it(title, async () => {
      const client = await hub.client(connectionString());
      await assert.rejects(client.open(), { name: 'UnauthorizedError' });
    });
  }

  it('for a device that is disabled, until it is enabled', async () => {
    const registry = hub.registry();
    await registry.update({ deviceId: 'other', status: 'disabled' });
    const client = await hub.client(hub.devices.other);
    await assert.rejects(client.open(), { name: 'UnauthorizedError' });
    await registry.update({ deviceId: 'other', status: 'enabled' });
    await opens(hub.devices.other);
  });

  it('by a client that trusts another CA', async () => {
    const client = await hub.client(hub.devices.dev);
    await client.setOptions({ ca: tls.rootCertificates[0] });
    await assert.rejects(client.open());
  });
});

it('both keys of an identity are good', async () => {
  const { responseBody } = await hub.registry().get('dev');
  await opens(hub.devices.dev);
  await opens(replaced(hub.devices.dev, 'SharedAccessKey',
    responseBody.authentication.symmetricKey.secondaryKey));
});

it('the newer connection of an identity wins', async () => {
  const older = await hub.open('dev');
  const twin = await older.getTwin();
  assert.equal(twin.properties.desired.$version, 1);
  const module = await hub.open('dev/mod');
  let moduleLost = false;
  module.on('disconnect', () => { moduleLost = true; });
  const lost = next(older, 'disconnect');
  const newer = await hub.open('dev');
  await lost;
  assert.equal((await newer.getTwin()).properties.desired.$version, 1);
  const { body } = await hub.request('GET', '/devices/dev');
  assert.equal(body.connectionState, 'Connected');
  assert.equal(moduleLost, false);
  await newer.close();
  await module.close();
});

it('an identity that is removed or disabled loses its connection', async () => {
  const registry = hub.registry();
  for (const loseIt of [
    () => registry.update({ deviceId: 'other', status: 'disabled' }),
    () => registry.delete('other'),
  ]) {
    await registry.update({ deviceId: 'other', status: 'enabled' });
    const client = await hub.open('other');
    const lost = next(client, 'disconnect');
    await loseIt();
    await lost;
  }
});

it('the hub counts who is connected', async () => {
  const connected = async () =>
    (await hub.request('GET', '/statistics/service')).body.connectedDeviceCount;
  await eventually('nobody is connected', async () => (await connected()) === 0);
  const client = await hub.open('dev');
  assert.equal(await connected(), 1);
  await client.close();
});
