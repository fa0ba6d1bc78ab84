// SPDX-License-Identifier: MIT
'use strict';

// Runs a hub of its own for a test file, and gives Microsoft's clients what they need to reach it.

const { execFile, spawn } = require('node:child_process');
const crypto = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');
const os = require('node:os');
const path = require('node:path');

const device = require('azure-iot-device');
const { Mqtt } = require('azure-iot-device-mqtt');
const common = require('azure-iot-common');
const service = require('azure-iothub');

const kReadyLimitMs = 60000;
const kAddressAttempts = 5;

// Microsoft's device client always connects to 8883, so each hub listens on that port of a loopback
// address of its own.
function randomLoopbackAddress() {
  return `127.${crypto.randomInt(1, 255)}.${crypto.randomInt(0, 256)}.${crypto.randomInt(1, 255)}`;
}

function delay(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Waits until `probe` answers something truthy, and answers that. */
async function eventually(what, probe, limitMs = 30000) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const result = await probe();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms`);
    await delay(20);
  }
}

/** The next emission of `event`, as an array of its arguments. */
function next(emitter, event, limitMs = 30000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      emitter.removeListener(event, listener);
      reject(new Error(`'${event}' did not happen within ${limitMs} ms`));
    }, limitMs);
    function listener(...parameters) {
      clearTimeout(timer);
      resolve(parameters);
    }
    emitter.once(event, listener);
  });
}

/** Reaches another port than 443, which the service SDK has no option for. */
class PortAgent extends https.Agent {
  constructor(port, ca) {
    // Idle connections go before the hub closes them after five seconds, and a request with them.
    super({ ca, keepAlive: true, timeout: 3000 });
    this.hubPort = port;
  }

  createConnection(options, callback) {
    return super.createConnection({ ...options, port: this.hubPort }, callback);
  }
}

class Hub {
  /** Starts a hub that forgets everything at its end. */
  static start(...parameters) {
    return Hub.startKeeping('--in-memory', ...parameters);
  }

  /** Starts a hub that keeps its state for restart(). */
  static async startKeeping(...parameters) {
    for (let attempt = 1; ; ++attempt) {
      const hub = new Hub();
      try {
        await hub.launch(parameters);
        return hub;
      } catch (error) {
        hub.removeFiles();
        if (attempt === kAddressAttempts || !/in use/.test(error.message)) throw error;
      }
    }
  }

  constructor() {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'hubtwin-node-'));
    this.data = path.join(this.directory, 'data');
    this.address = randomLoopbackAddress();
  }

  async launch(parameters) {
    const readyFile = path.join(this.directory, 'ready.json');
    this.child = spawn(
      process.env.HUBTWIN_HUB,
      ['start', '--data', this.data, '--bind', this.address, '--mqtt-port', '8883',
        '--rest-port', '0', '--until-parent-ends', '--ready-file', readyFile, ...parameters],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    this.log = '';
    this.child.stderr.on('data', (text) => { this.log += text; });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('close', (code, signal) => resolve(code === null ? signal : code));
    });
    const ending = await Promise.race([
      this.ended,
      eventually('the hub gets ready', () => fs.existsSync(readyFile), kReadyLimitMs)
        .then(() => null),
    ]);
    if (ending !== null) throw new Error(`the hub ended with ${ending}:\n${this.log}`);
    Object.assign(this, JSON.parse(fs.readFileSync(readyFile, 'utf8')));
    this.ca = fs.readFileSync(this.caFile, 'utf8');
    this.agent = new PortAgent(this.restPort, this.ca);
  }

  /** Answers once the hub has ended; fails if it didn't end well. */
  async end() {
    this.agent.destroy();
    this.child.kill('SIGTERM');
    const ending = await this.ended;
    if (ending !== 0) throw new Error(`the hub ended with ${ending}:\n${this.log}`);
  }

  async restart(...parameters) {
    await this.end();
    await this.launch(parameters);
  }

  async stop() {
    try {
      await this.end();
    } finally {
      this.removeFiles();
    }
  }

  removeFiles() {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }

  /** Runs the hub's command line on this hub: answers {code, stdout, stderr}. */
  command(...parameters) {
    return new Promise((resolve) => {
      execFile(process.env.HUBTWIN_HUB, ['--data', this.data, ...parameters],
        (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
    });
  }

  // ---- Service side

  withAgent(client) {
    client._restApiClient.setOptions({ http: { agent: this.agent } });
    return client;
  }

  registry() {
    return this.withAgent(service.Registry.fromConnectionString(this.serviceConnectionString));
  }

  serviceClient() {
    return this.withAgent(service.Client.fromConnectionString(this.serviceConnectionString));
  }

  /** What the service SDK has no call for: answers {status, headers, body}. */
  request(method, target, { body, headers = {}, authorization } = {}) {
    const { HostName, SharedAccessKeyName, SharedAccessKey } =
      service.ConnectionString.parse(this.serviceConnectionString);
    const token = authorization !== undefined ? authorization : common.SharedAccessSignature.create(
      HostName, SharedAccessKeyName, SharedAccessKey, Math.floor(Date.now() / 1000) + 3600)
      .toString();
    const isSerialised = ['string', 'undefined'].includes(typeof body) || Buffer.isBuffer(body);
    const text = isSerialised ? body : JSON.stringify(body);
    const contentHeaders = text === undefined ? {} : {
      'Content-Type': 'application/json; charset=utf-8',
      ...(!headers['Transfer-Encoding'] && { 'Content-Length': Buffer.byteLength(text) }),
    };
    const version = `${target.includes('?') ? '&' : '?'}api-version=2021-04-12`;
    return new Promise((resolve, reject) => {
      const request = https.request({
        host: this.address,
        agent: this.agent,
        method,
        path: target + version,
        headers: { ...(token && { Authorization: token }), ...contentHeaders, ...headers },
      }, (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (data) => { received += data; });
        response.on('end', () => {
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: received === '' ? null : JSON.parse(received),
          });
        });
      });
      request.on('error', reject);
      request.end(text);
    });
  }

  /** Telemetry of `from` ("device" or "device/module") once there are `count` messages of it. */
  telemetry(from, count) {
    return eventually(`${count} messages of telemetry from ${from}`, async () => {
      const { body } = await this.request(
        'GET', `/_hubtwin/telemetry?from=${encodeURIComponent(from)}`);
      return body.messages.length >= count && body.messages;
    });
  }

  // ---- Device side

  /** A connection string by name, of those that start() was asked for. */
  connectionString(name) {
    return this.devices[name] || this.modules[name];
  }

  /** Microsoft's client for a device or module, not yet open. It gives up at the first failure. */
  async client(connectionString) {
    const Client = /ModuleId=/.test(connectionString) ? device.ModuleClient : device.Client;
    const client = Client.fromConnectionString(connectionString, Mqtt);
    client.setRetryPolicy(new common.NoRetry());
    await client.setOptions({ ca: this.ca });
    return client;
  }

  async open(name) {
    const client = await this.client(this.connectionString(name));
    await client.open();
    return client;
  }
}

/** Records each desired notification of a twin, so that none is missed between two waits. */
class DesiredLog {
  constructor(twin) {
    this.received = [];
    twin.on('properties.desired', (delta) => { this.received.push(structuredClone(delta)); });
  }

  /** The notification that carries `version`. */
  version(version) {
    return eventually(`desired version ${version}`,
      () => this.received.find((delta) => delta.$version === version));
  }
}

module.exports = { Hub, DesiredLog, delay, eventually, next };
