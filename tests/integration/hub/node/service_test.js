// SPDX-License-Identifier: MIT
'use strict';

// The service side, judged by Microsoft's service SDK, and by plain HTTPS where it has no call.

const assert = require('node:assert/strict');
const { after, before, describe, it } = require('node:test');
const zlib = require('node:zlib');

const common = require('azure-iot-common');

const { Hub } = require('./hub');

let hub;
let registry;
before(async () => {
  hub = await Hub.start();
  registry = hub.registry();
});
after(() => hub.stop());

describe('device identities', () => {
  it('are made with keys of their own', async () => {
    const { responseBody: made } = await registry.create({ deviceId: 'a' });
    assert.equal(made.deviceId, 'a');
    assert.equal(made.status, 'enabled');
    assert.equal(made.connectionState, 'Disconnected');
    assert.equal(made.authentication.type, 'sas');
    const { primaryKey, secondaryKey } = made.authentication.symmetricKey;
    assert.equal(Buffer.from(primaryKey, 'base64').length, 32);
    assert.notEqual(primaryKey, secondaryKey);
    assert.deepEqual((await registry.get('a')).responseBody, made);
  });

  it('keep keys that are given', async () => {
    const symmetricKey = {
      primaryKey: Buffer.alloc(32, 1).toString('base64'),
      secondaryKey: Buffer.alloc(32, 2).toString('base64'),
    };
    const { responseBody } = await registry.create({
      deviceId: 'keyed', authentication: { type: 'sas', symmetricKey },
    });
    assert.deepEqual(responseBody.authentication.symmetricKey, symmetricKey);
  });

  it('are refused a second time', async () => {
    await assert.rejects(registry.create({ deviceId: 'a' }), { name: 'DeviceAlreadyExistsError' });
  });

  it('are updated and removed', async () => {
    await registry.create({ deviceId: 'b' });
    await registry.update({ deviceId: 'b', status: 'disabled', statusReason: 'stolen' });
    const { responseBody } = await registry.get('b');
    assert.equal(responseBody.status, 'disabled');
    assert.equal(responseBody.statusReason, 'stolen');
    await registry.delete('b');
    await assert.rejects(registry.get('b'), { name: 'DeviceNotFoundError' });
  });

  it('are listed and counted', async () => {
    const { responseBody } = await registry.list();
    assert.deepEqual(responseBody.map(({ deviceId }) => deviceId).sort(), ['a', 'keyed']);
    const { responseBody: statistics } = await registry.getRegistryStatistics();
    assert.deepEqual(statistics,
      { totalDeviceCount: 2, enabledDeviceCount: 2, disabledDeviceCount: 0 });
  });

  it('are made and removed in bulk', async () => {
    const { responseBody } =
      await registry.addDevices([{ deviceId: 'bulk1' }, { deviceId: 'bulk2' }]);
    assert.equal(responseBody.isSuccessful, true);
    await registry.removeDevices([{ deviceId: 'bulk1' }, { deviceId: 'bulk2' }], true);
    await assert.rejects(registry.get('bulk1'), { name: 'DeviceNotFoundError' });
  });

  it('may have ids that need encoding', async () => {
    const deviceId = "odd%id=(1)!,@$'*?";
    await registry.create({ deviceId });
    assert.equal((await registry.get(deviceId)).responseBody.deviceId, deviceId);
    await registry.delete(deviceId);
  });
});

describe('module identities', () => {
  it('are made, listed and removed', async () => {
    await registry.create({ deviceId: 'm' });
    for (const moduleId of ['cooling', 'stock']) {
      const { responseBody } = await registry.addModule({ deviceId: 'm', moduleId });
      assert.equal(responseBody.moduleId, moduleId);
    }
    const { responseBody } = await registry.getModulesOnDevice('m');
    assert.deepEqual(responseBody.map(({ moduleId }) => moduleId).sort(), ['cooling', 'stock']);
    await registry.removeModule('m', 'stock');
    await assert.rejects(registry.getModule('m', 'stock'));
    assert.equal((await registry.getModule('m', 'cooling')).responseBody.deviceId, 'm');
    await registry.delete('m');
    await assert.rejects(registry.getModule('m', 'cooling'));
  });

  it('are at most twenty on a device', async () => {
    await registry.create({ deviceId: 'full' });
    for (let i = 0; i < 20; ++i) {
      await registry.addModule({ deviceId: 'full', moduleId: `m${i}` });
    }
    await assert.rejects(registry.addModule({ deviceId: 'full', moduleId: 'm20' }));
    await registry.delete('full');
  });
});

function nested(levels) {
  return levels === 0 ? 1 : { a: nested(levels - 1) };
}

describe('twins', () => {
  before(() => registry.create({ deviceId: 't' }));
  after(() => registry.delete('t'));

  it('have the documented members', async () => {
    const { responseBody: twin } = await registry.getTwin('t');
    for (const [name, value] of Object.entries({
      deviceId: 't',
      status: 'enabled',
      connectionState: 'Disconnected',
      lastActivityTime: '0001-01-01T00:00:00Z',
      cloudToDeviceMessageCount: 0,
      authenticationType: 'sas',
      x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    })) {
      assert.deepEqual(twin[name], value, name);
    }
    for (const section of ['desired', 'reported']) {
      assert.equal(twin.properties[section].$version, 1);
      assert.ok(twin.properties[section].$metadata.$lastUpdated);
      assert.equal(twin.properties[section].$metadata.$lastUpdatedVersion, 1);
    }
    assert.equal(typeof twin.etag, 'string');
    assert.equal(typeof twin.version, 'number');
  });

  it('are patched: tags and desired merge, null removes', async () => {
    const { responseBody: first } = await registry.updateTwin('t', {
      tags: { deploymentLocation: { building: '43', floor: '1' } },
      properties: { desired: { telemetryConfig: { sendFrequency: '5m' }, x: 1 } },
    }, '*');
    const { responseBody: second } = await registry.updateTwin('t', {
      tags: { deploymentLocation: { floor: null } },
      properties: { desired: { telemetryConfig: { sendFrequency: '7s' }, x: null } },
    }, first.etag);
    assert.deepEqual(second.tags, { deploymentLocation: { building: '43' } });
    const { $metadata, $version, ...desired } = second.properties.desired;
    assert.deepEqual(desired, { telemetryConfig: { sendFrequency: '7s' } });
    assert.equal($version, 3);
    assert.equal($metadata.telemetryConfig.sendFrequency.$lastUpdatedVersion, 3);
    assert.equal($metadata.x, undefined);
    assert.notEqual(second.etag, first.etag);
    assert.ok(second.version > first.version);
  });

  it('are left alone when the etag is an old one', async () => {
    const { responseBody: twin } = await registry.getTwin('t');
    await registry.updateTwin('t', { tags: { n: 1 } }, twin.etag);
    await assert.rejects(registry.updateTwin('t', { tags: { n: 2 } }, twin.etag),
      { name: 'InvalidEtagError' });
    assert.equal((await registry.getTwin('t')).responseBody.tags.n, 1);
  });

  it('are replaced: what the body lacks is gone', async () => {
    const { status, body } = await hub.request('PUT', '/twins/t', {
      body: { properties: { desired: { fresh: true } } }, headers: { 'If-Match': '"*"' },
    });
    assert.equal(status, 200);
    assert.deepEqual(body.tags || {}, {});
    const { $metadata, $version, ...desired } = body.properties.desired;
    assert.deepEqual(desired, { fresh: true });
    assert.deepEqual(Object.keys($metadata).sort(),
      ['$lastUpdated', '$lastUpdatedVersion', 'fresh']);
  });

  it('refuse what breaks the rules, whole', async () => {
    const { body: before } = await hub.request('GET', '/twins/t');
    const bad = {
      'a key with a dot': { properties: { desired: { good: 1, 'a.b': 1 } } },
      'a key with a dollar sign': { properties: { desired: { good: 1, $x: 1 } } },
      'null in an array': { properties: { desired: { good: 1, list: [null] } } },
      'a number too large': { properties: { desired: { good: 1, n: 4503599627370496 } } },
      'eleven levels': { properties: { desired: { good: 1, l: nested(11) } } },
      'a string over 4 KB': { properties: { desired: { good: 1, s: 'x'.repeat(4097) } } },
      'more than 32 KB': {
        properties: {
          desired: Object.fromEntries(
            Array.from({ length: 9 }, (_, i) => [`k${i}`, 'x'.repeat(4000)])),
        },
      },
      'a section that is no object': { properties: { desired: [1] } },
    };
    for (const [title, body] of Object.entries(bad)) {
      const answer = await hub.request('PATCH', '/twins/t', { body });
      assert.ok([400, 413].includes(answer.status), `${title}: ${answer.status}`);
      assert.match(answer.body.Message, /^ErrorCode:/, title);
    }
    const { body: afterwards } = await hub.request('GET', '/twins/t');
    assert.deepEqual(afterwards, before);
  });

  it('are found by query, a page at a time', async () => {
    for (let i = 0; i < 5; ++i) {
      await registry.create({ deviceId: `q${i}` });
      await registry.addModule({ deviceId: `q${i}`, moduleId: 'mod' });
    }
    const query = registry.createQuery('SELECT * FROM devices', 2);
    const found = [];
    while (query.hasMoreResults) {
      const { result } = await query.nextAsTwin();
      assert.ok(result.length <= 2);
      found.push(...result.map(({ deviceId }) => deviceId));
    }
    const { responseBody: all } = await registry.list();
    assert.deepEqual(found.sort(), all.map(({ deviceId }) => deviceId).sort());
    const { result: modules } =
      await registry.createQuery('select * from devices.modules', 100).nextAsTwin();
    assert.deepEqual(modules.map((twin) => `${twin.deviceId}/${twin.moduleId}`).sort(),
      Array.from({ length: 5 }, (_, i) => `q${i}/mod`));
    await assert.rejects(registry.createQuery('SELECT everything', 10).nextAsTwin());
  });
});

describe('the REST surface', () => {
  const token = (host, policy, key, secondsFromNow) => common.SharedAccessSignature.create(
    host, policy, key, Math.floor(Date.now() / 1000) + secondsFromNow).toString();

  it('refuses whoever has no good token, and says nothing else', async () => {
    const key = hub.serviceConnectionString.match(/SharedAccessKey=(.*)$/)[1];
    const wrong = {
      'none at all': '',
      'no token': 'Basic abc',
      'a wrong key': token(hub.hostName, 'iothubowner', Buffer.alloc(32).toString('base64'), 60),
      'a wrong policy': token(hub.hostName, 'nobody', key, 60),
      'a wrong host': token('elsewhere', 'iothubowner', key, 60),
      'long expired': token(hub.hostName, 'iothubowner', key, -3600),
    };
    for (const [title, authorization] of Object.entries(wrong)) {
      for (const path of ['/devices/a', '/devices/nobody', '/no/such/path']) {
        const { status, body } = await hub.request('GET', path, { authorization });
        assert.equal(status, 401, `${title}: ${path}`);
        assert.match(body.Message, /^ErrorCode:IoTHubUnauthorized;/);
        assert.ok(!body.Message.includes(key));
      }
    }
  });

  it('names what is wrong with a request', async () => {
    const cases = [
      ['GET', '/no/such/path', {}, 404, /NotFound/],
      ['POST', '/devices/a', { body: {} }, 405, /POST/],
      ['GET', '/devices/%zz', {}, 400, /percent/],
      ['PUT', '/devices/new', { body: '{"deviceId":' }, 400, /JSON/],
      ['PUT', '/devices/new', {}, 400, /JSON/],
      ['PUT', '/devices/new', { body: { deviceId: 'other' } }, 400, /ErrorCode/],
      ['PUT', '/devices/bad%20id', { body: { deviceId: 'bad id' } }, 400, /ErrorCode/],
      ['PATCH', '/twins/nobody', { body: {} }, 404, /DeviceNotFound/],
      ['DELETE', '/devices/nobody', {}, 404, /DeviceNotFound/],
      ['POST', '/devices/query', { body: {} }, 400, /query/],
      ['POST', '/devices/query',
        { body: { query: 'SELECT * FROM devices' }, headers: { 'x-ms-max-item-count': '0' } },
        400, /x-ms-max-item-count/],
      ['GET', '/_hubtwin/telemetry?after=x', {}, 400, /after/],
      ['POST', '/_hubtwin/devices/a/messages', { body: { payload: 1 } }, 400, /payload/],
      ['POST', '/_hubtwin/devices/a/messages', { body: { body: 'x' } }, 400, /body/],
      ['POST', '/twins/a/methods', { body: { methodName: 'x', responseTimeoutInSeconds: 1 } }, 400,
        /responseTimeoutInSeconds/],
      ['PATCH', '/twins/a', { body: '['.repeat(100000) }, 400, /JSON/],
      ['PATCH', '/twins/a', { body: 'x'.repeat(1024 * 1024 + 1) }, 413, /ErrorCode/],
    ];
    for (const [method, path, options, status, text] of cases) {
      const answer = await hub.request(method, path, options);
      assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      assert.match(answer.body.Message, text, `${method} ${path}`);
    }
    assert.equal((await hub.request('GET', '/devices/a')).status, 200);
  });

  it('bounds a body however it is sent, and is not confused by the rest of it', async () => {
    const kMegabyte = 1024 * 1024;
    const bodies = {
      chunked: { headers: { 'Transfer-Encoding': 'chunked' }, body: ' '.repeat(3 * kMegabyte) },
      compressed: {
        headers: { 'Content-Encoding': 'gzip' },
        body: zlib.gzipSync(Buffer.alloc(64 * kMegabyte, ' ')),
      },
    };
    for (const [title, options] of Object.entries(bodies)) {
      assert.equal((await hub.request('PATCH', '/twins/a', options)).status, 413, title);
      assert.equal((await hub.request('GET', '/twins/a')).status, 200, title);
    }
    const refused = await hub.request('DELETE', '/devices/a', { body: {} });
    assert.equal(refused.status, 400);
    assert.match(refused.body.Message, /DELETE takes no body/);
    const compressed = zlib.gzipSync('{"tags":{"sent":"compressed"}}');
    const { body } = await hub.request('PATCH', '/twins/a',
      { headers: { 'Content-Encoding': 'gzip' }, body: compressed });
    assert.equal(body.tags.sent, 'compressed');
  });

  it('answers requests without a body at once, whatever their method', async () => {
    const begin = Date.now();
    await hub.request('DELETE', '/devices/nobody');
    await hub.request('POST', '/devices/query');
    assert.ok(Date.now() - begin < 8000);  // waiting for a body takes ten seconds
  });
});
