// SPDX-License-Identifier: MIT
'use strict';

// Device and module twins, judged by Microsoft's device client.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');

const { DesiredLog, Hub, eventually } = require('./hub');

let hub;
before(async () => { hub = await Hub.start('--device', 'dev', '--module', 'dev/mod'); });
after(() => hub.stop());

function report(twin, patch) {
  return new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error) => (error ? reject(error) : resolve()));
  });
}

for (const [kind, name, target] of
  [['device', 'dev', '/twins/dev'], ['module', 'dev/mod', '/twins/dev/modules/mod']]) {
  describe(`a ${kind}`, () => {
    let client;
    let twin;
    let desired;
    before(async () => {
      client = await hub.open(name);
      twin = await client.getTwin();
      desired = new DesiredLog(twin);
    });
    after(() => client.close());

    it('gets its twin, empty at first', () => {
      assert.deepEqual(
        { desired: { ...twin.properties.desired }, version: twin.properties.reported.$version },
        { desired: { $version: 1 }, version: 1 });
    });

    it('reports properties that the service then sees, with their metadata', async () => {
      await report(twin, { battery: 80, telemetryConfig: { status: 'success' } });
      await report(twin, { battery: null, telemetryConfig: { sendFrequency: '7s' } });
      const { body } = await hub.request('GET', target);
      const { $metadata, $version, ...values } = body.properties.reported;
      assert.deepEqual(values, { telemetryConfig: { status: 'success', sendFrequency: '7s' } });
      assert.equal($version, 3);
      assert.equal($metadata.battery, undefined);
      assert.equal($metadata.telemetryConfig.status.$lastUpdatedVersion, 2);
      assert.equal($metadata.telemetryConfig.sendFrequency.$lastUpdatedVersion, 3);
      assert.ok(Date.parse($metadata.$lastUpdated) > Date.now() - 60000);
    });

    it('is told that a report breaks the rules, and nothing of it is kept', async () => {
      await assert.rejects(report(twin, { good: 1, bad: [null] }));
      const { body } = await hub.request('GET', target);
      assert.equal(body.properties.reported.good, undefined);
      assert.equal(body.properties.reported.$version, 3);
    });

    it('receives a desired PATCH as it was written, nulls included', async () => {
      await hub.request('PATCH', target, { body: { properties: { desired: { a: 1, b: 2 } } } });
      assert.deepEqual(await desired.version(2), { a: 1, b: 2, $version: 2 });
      const answer = await hub.request('PATCH', target, {
        body: { tags: { place: 'cellar' }, properties: { desired: { a: 1, b: null } } },
      });
      assert.equal(answer.status, 200);
      assert.deepEqual(await desired.version(3), { a: 1, b: null, $version: 3 });
    });

    it('receives the difference that a desired PUT makes', async () => {
      await hub.request('PATCH', target, { body: { properties: { desired: { b: 2 } } } });
      await desired.version(4);
      const answer = await hub.request('PUT', target, {
        body: { tags: { place: 'roof' }, properties: { desired: { a: 1, c: 100 } } },
        headers: { 'If-Match': '"*"' },
      });
      assert.equal(answer.status, 200);
      assert.deepEqual(await desired.version(5), { a: 1, b: null, c: 100, $version: 5 });
      assert.deepEqual(answer.body.tags, { place: 'roof' });
    });

    it('finds what it missed in its twin after a reconnect, and never the tags', async () => {
      await client.close();
      await hub.request('PATCH', target, { body: { properties: { desired: { missed: true } } } });
      client = await hub.open(name);
      twin = await client.getTwin();
      assert.equal(twin.properties.desired.missed, true);
      assert.equal(twin.properties.desired.$version, 6);
      assert.equal(twin.properties.reported.telemetryConfig.sendFrequency, '7s');
      assert.equal(twin.tags, undefined);
    });

    it('is seen as connected, and as disconnected once it has gone', async () => {
      const state = async () => (await hub.request('GET', target)).body.connectionState;
      assert.equal(await state(), 'Connected');
      await client.close();
      await eventually('Disconnected', async () => (await state()) === 'Disconnected');
      await client.open();
    });
  });
}

it('a device and its module have twins of their own', async () => {
  await hub.request('PATCH', '/twins/dev', { body: { properties: { desired: { only: 'dev' } } } });
  const { body } = await hub.request('GET', '/twins/dev/modules/mod');
  assert.equal(body.properties.desired.only, undefined);
});
