// fhir-kit-client speaks application/fhir+json, and takes an empty answer for {}: it needs no
// options of the server. It reads every answer as text, so it cannot read raw bytes.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import Client from 'fhir-kit-client';
import {binary, bytes, textOf, withServer} from './served_store.mjs';

const resourceType = 'Binary';
const answerTo = (result) => Client.httpFor(result).response;
const idOf = (result) => answerTo(result).headers.get('location').match(/Binary\/([^/]+)\/_history\/1$/)[1];

async function livesALife(client, returnsResource) {
  const created = await client.create({resourceType, body: binary('one')});
  assert.equal(answerTo(created).status, 201);
  assert.equal(answerTo(created).headers.get('etag'), 'W/"1"');
  assert.equal(created.resourceType, returnsResource ? 'Binary' : undefined);
  const id = idOf(created);

  const read = await client.read({resourceType, id});
  assert.equal(read.id, id);
  assert.equal(read.meta.versionId, '1');
  assert.equal(textOf(read), 'one');

  const updated = await client.update({resourceType, id, body: {...read, ...binary('two')},
    options: {headers: {'If-Match': 'W/"1"'}}});
  assert.equal(answerTo(updated).status, 200);
  assert.equal(textOf(await client.read({resourceType, id})), 'two');
  assert.equal(textOf(await client.vread({resourceType, id, version: '1'})), 'one');
  await assert.rejects(
      client.update({resourceType, id, body: binary('no', {id}), options: {headers: {'If-Match': 'W/"1"'}}}),
      (error) => error.response.status === 412 &&
        error.response.data.resourceType === 'OperationOutcome');

  await client.delete({resourceType, id});
  await assert.rejects(client.read({resourceType, id}), (error) =>
    error.response.status === 410 && error.response.data.issue[0].code === 'deleted');

  const history = await client.resourceHistory({resourceType, id});
  assert.equal(history.type, 'history');
  assert.deepEqual(history.entry.map((entry) => entry.request.method), ['DELETE', 'PUT', 'POST']);
  assert.equal((await client.typeHistory({resourceType})).entry.length, 3);
}

test('fhir-kit-client creates, reads, updates, deletes and sees the history', async () => {
  await withServer([], async (baseUrl) => livesALife(new Client({baseUrl}), false));
});

test('fhir-kit-client gets the resource back where the server is told so', async () => {
  await withServer(['--return-resource'],
      async (baseUrl) => livesALife(new Client({baseUrl}), true));
});

test('fhir-kit-client reads the capabilities and the next page of a history', async () => {
  await withServer([], async (baseUrl) => {
    const client = new Client({baseUrl});
    const statement = await client.capabilityStatement();
    assert.equal(statement.rest[0].resource[0].type, 'Binary');
    for (const text of ['1', '2', '3']) {
      await client.create({resourceType, body: binary(text)});
    }
    const first = await client.request('Binary/_history?_count=2');
    assert.equal(first.entry.length, 2);
    const second = await client.nextPage({bundle: first});
    assert.deepEqual(second.entry.map((entry) => textOf(entry.resource)), ['1']);
  });
});

test('fhir-kit-client writes raw text, and reads all bytes in the resource', async () => {
  await withServer([], async (baseUrl) => {
    const client = new Client({baseUrl});
    const raw = await client.create({resourceType, body: 'plain text',
      options: {headers: {
        'content-type': 'text/plain; charset=utf-8', 'X-Security-Context': 'Patient/1'}}});
    const read = await client.read({resourceType, id: idOf(raw)});
    assert.equal(read.contentType, 'text/plain; charset=utf-8');
    assert.equal(read.securityContext.reference, 'Patient/1');
    assert.equal(textOf(read), 'plain text');

    const created = await client.create({resourceType, body: binary(bytes)});
    const resource = await client.read({resourceType, id: idOf(created)});
    assert.ok(Buffer.from(resource.data, 'base64').equals(bytes));
  });
});

test('fhir-kit-client sends its token', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fhirbin-npm-'));
  writeFileSync(join(folder, 'token'), 'secret\n');
  try {
    await withServer(['--token-file', join(folder, 'token')], async (baseUrl) => {
      await assert.rejects(new Client({baseUrl}).create({resourceType, body: binary('x')}),
          (error) => error.response.status === 401);
      const client = new Client({baseUrl, bearerToken: 'secret'});
      assert.equal(answerTo(await client.create({resourceType, body: binary('x')})).status, 201);
    });
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
});
