// fhirclient (SMART on FHIR) sends and accepts application/json, so its resources are taken for
// FHIR only with --json-is-fhir. An empty 201 it follows to its Location; --return-resource saves
// it that second request, and tells it what an update made.
import {test} from 'node:test';
import assert from 'node:assert/strict';
import smart from 'fhirclient';
import {binary, bytes, textOf, withServer} from './served_store.mjs';

const clientOf = (url) => smart({headers: {}}, {}, {}).client(url);

async function livesALife(client, returnsResource) {
  const created = await client.create(binary('one'));
  assert.equal(created.resourceType, 'Binary');
  assert.equal(created.meta.versionId, '1');
  assert.equal(textOf(created), 'one');
  const url = `Binary/${created.id}`;
  assert.equal(textOf(await client.request(url)), 'one');

  const {response, body} = await client.update({...created, ...binary('two')},
      {includeResponse: true, headers: {'If-Match': 'W/"1"'}});
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('etag'), 'W/"2"');
  if (returnsResource) {
    assert.equal(textOf(body), 'two');
  }
  assert.equal(textOf(await client.request({url, cache: 'no-store'})), 'two');
  assert.equal(textOf(await client.request(`${url}/_history/1`)), 'one');
  await assert.rejects(
      client.update({...created, ...binary('no')}, {headers: {'If-Match': 'W/"1"'}}),
      (error) => error.status === 412);

  await client.delete(url);
  await assert.rejects(client.request(url), (error) => error.status === 410);
  const history = await client.request(`${url}/_history`);
  assert.deepEqual(history.entry.map((entry) => entry.request.method), ['DELETE', 'PUT', 'POST']);
}

test('fhirclient creates, reads, updates, deletes and sees the history', async () => {
  await withServer(['--json-is-fhir'], async (url) => livesALife(clientOf(url), false));
});

test('fhirclient gets the resource back where the server is told so', async () => {
  await withServer(['--json-is-fhir', '--return-resource'],
      async (url) => livesALife(clientOf(url), true));
});

test('fhirclient needs no option when it names the FHIR type', async () => {
  await withServer([], async (url) => {
    const client = clientOf(url);
    const headers = {'content-type': 'application/fhir+json'};
    assert.equal(textOf(await client.create(binary('x'), {headers})), 'x');
    // Without, the JSON is content like any other.
    const raw = await client.create(binary('x'));
    assert.equal(textOf(raw), 'x');
    const history = await client.request('Binary/_history');
    assert.deepEqual(history.entry.map((entry) => entry.resource.contentType),
        ['application/json', 'text/plain']);
  });
});

test('fhirclient writes and reads raw bytes', async () => {
  await withServer([], async (url) => {
    const client = clientOf(url);
    const {response} = await client.request({url: 'Binary', method: 'POST', body: bytes,
      includeResponse: true, headers: {'content-type': 'image/png', 'accept': 'image/png'}});
    const path = new URL(response.url).pathname.match(/Binary\/[^/]+/)[0];
    const read = await client.request({url: path, headers: {accept: 'image/png'}});
    assert.equal(read.headers.get('content-type'), 'image/png');
    assert.ok(Buffer.from(await read.arrayBuffer()).equals(bytes));
    const part = await client.request({url: path,
      headers: {accept: 'image/png', range: 'bytes=1000-1999'}});
    assert.equal(part.status, 206);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1000, 2000)));
  });
});

test('fhirclient follows the pages of a history', async () => {
  await withServer(['--json-is-fhir'], async (url) => {
    const client = clientOf(url);
    for (const text of ['1', '2', '3', '4', '5']) {
      await client.create(binary(text));
    }
    const texts = await client.request('Binary/_history?_count=2', {pageLimit: 0, flat: true});
    assert.deepEqual(texts.map((resource) => textOf(resource)), ['5', '4', '3', '2', '1']);
  });
});
