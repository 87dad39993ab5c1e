// A server of the fediverse as an application of Fedify is one: a person, an inbox, and
// whatever Fedify itself checks. It is told what to do by lines of JSON on its standard
// input, and answers each with one line on its standard output.

import { createServer } from "node:http";
import { createInterface } from "node:readline";
import {
  createFederation,
  generateCryptoKeyPair,
  MemoryKvStore,
  parseNodeInfo,
  signRequest,
  verifyObject,
  verifyRequest,
} from "@fedify/fedify";
import * as vocab from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";

const PUBLIC = vocab.PUBLIC_COLLECTION;
const firstKnock = process.argv[2] ?? "rfc9421";

const keys = [
  await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"),
  await generateCryptoKeyPair("Ed25519"),
];
const received = [];
const refused = [];
const arrived = [];
const sent = [];
const asked = [];
const followers = new Map();
const objects = new Map();
let counter = 0;

// Fedify tells nobody how it knocks, so what it sends is seen on its way out.
const fetchUnseen = globalThis.fetch;
globalThis.fetch = async (resource, options) => {
  const response = await fetchUnseen(resource, options);
  const { method, headers } = resource instanceof Request ? resource : new Request(resource, options);
  if (method === "POST") {
    sent.push({ signature: kindOfSignature(headers), status: response.status });
  }
  return response;
};

const federation = createFederation({
  kv: new MemoryKvStore(),
  allowPrivateAddress: true,
  firstKnock,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== "robin") return null;
    const pairs = await ctx.getActorKeyPairs(identifier);
    return new vocab.Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Robin",
      summary: "Reads with Fedify",
      url: ctx.getActorUri(identifier),
      inbox: ctx.getInboxUri(identifier),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      endpoints: new vocab.Endpoints({ sharedInbox: ctx.getInboxUri() }),
      publicKey: pairs[0].cryptographicKey,
      assertionMethods: pairs.map((pair) => pair.multikey),
    });
  })
  .setKeyPairsDispatcher(() => keys);
federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));
federation.setFollowersDispatcher("/users/{identifier}/followers", (_, __, ___, base) => ({
  items: [...followers.values()].filter(({ id }) => !base || id.origin === base.origin),
}));
federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
  software: { name: "folkmoot-test-peer", version: "1.0.0" },
  protocols: ["activitypub"],
  usage: { users: { total: 1 }, localPosts: 0, localComments: 0 },
}));
federation.setObjectDispatcher(vocab.Note, "/notes/{id}", (ctx, { id }) =>
  objects.get(id) ?? null,
);
federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(vocab.Follow, async (ctx, follow) => {
    await keep(follow);
    const follower = await follow.getActor(ctx);
    followers.set(follower.id.href, {
      id: follower.id,
      inboxId: follower.inboxId,
      endpoints: follower.endpoints,
    });
    await ctx.sendActivity({ identifier: "robin" }, follower, newAccept(ctx, follow));
  })
  .on(vocab.Activity, (_, activity) => keep(activity))
  .onUnverifiedActivity((_, activity, reason) => {
    refused.push({ id: activity.id?.href, reason: reason.type });
  });

async function keep(activity) {
  received.push(await activity.toJsonLd());
}

function newId(kind) {
  counter += 1;
  return new URL(`/${kind}/${counter}`, context.origin);
}

function newAccept(ctx, follow) {
  return new vocab.Accept({
    id: newId("accepts"),
    actor: ctx.getActorUri("robin"),
    object: follow,
    to: follow.actorId,
  });
}

// Fedify speaks of Request and Response as browsers do; node:http does not.
const server = createServer(async (incoming, outgoing) => {
  const body = await Array.fromAsync(incoming).then(Buffer.concat);
  const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
    method: incoming.method,
    headers: Object.entries(incoming.headers),
    body: incoming.method === "POST" ? body : undefined,
  });
  if (incoming.method === "POST") {
    const signature = kindOfSignature(request.headers);
    arrived.push({ signature, activity: JSON.parse(body.toString()) });
  } else {
    asked.push(incoming.url);
  }
  const response = await federation.fetch(request, { contextData: undefined });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});

function kindOfSignature(headers) {
  if (headers.has("signature-input")) return "rfc9421";
  return headers.has("signature") ? "cavage" : "none";
}

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = new URL(`http://127.0.0.1:${server.address().port}/`);
const context = federation.createContext(origin, undefined);
const me = context.getActorUri("robin");

async function send(to, activity) {
  const actor = await context.lookupObject(to);
  if (!vocab.isActor(actor)) throw new Error(`${to} is no actor to Fedify`);
  await context.sendActivity({ identifier: "robin" }, actor, activity);
  return { id: activity.id.href, object: activity.objectId?.href ?? null };
}

function url(text) {
  return text === undefined || text === null ? null : new URL(text);
}

function newNote({ content, name, inReplyTo, mention, id }) {
  const noteId = id ? new URL(id) : newId("notes");
  const note = new vocab.Note({
    id: noteId,
    attribution: me,
    content: content ?? null,
    name: name ?? null,
    replyTarget: url(inReplyTo),
    tos: name ? [url(mention)] : [PUBLIC],
    ccs: name ? [] : [context.getFollowersUri("robin"), ...(mention ? [url(mention)] : [])],
    published: name ? null : Temporal.Now.instant(),
    updated: id ? Temporal.Now.instant() : null,
    url: noteId,
  });
  objects.set(noteId.pathname.split("/").pop(), note);
  return note;
}

const orders = {
  received: () => received,
  refused: () => refused,
  arrived: () => arrived,
  sent: () => sent,
  asked: () => asked,
  followers: () => [...followers.keys()],

  follow: ({ to, object }) =>
    send(to, new vocab.Follow({ id: newId("follows"), actor: me, object: url(object ?? to), to: url(to) })),
  unfollow: ({ to, follow }) =>
    send(
      to,
      new vocab.Undo({
        id: newId("undos"),
        actor: me,
        object: new vocab.Follow({ id: url(follow), actor: me, object: url(to) }),
      }),
    ),
  create: ({ to, ...note }) => {
    const object = newNote({ mention: to, ...note });
    const activity = new vocab.Create({
      id: newId("creates"),
      actor: me,
      object,
      tos: [...object.toIds],
      ccs: [...object.ccIds],
    });
    return send(to, activity);
  },
  update: ({ to, ...note }) => {
    const object = newNote({ mention: to, ...note });
    const activity = new vocab.Update({
      id: newId("updates"),
      actor: me,
      object,
      tos: [...object.toIds],
    });
    return send(to, activity);
  },
  delete: ({ to, id }) =>
    send(
      to,
      new vocab.Delete({
        id: newId("deletes"),
        actor: me,
        object: new vocab.Tombstone({ id: url(id) }),
        to: PUBLIC,
      }),
    ),
  // For followers alone; Fedify says with it who they are on each server.
  whisper: async ({ content }) => {
    const object = new vocab.Note({
      id: newId("notes"),
      attribution: me,
      content,
      to: context.getFollowersUri("robin"),
      published: Temporal.Now.instant(),
    });
    const activity = new vocab.Create({ id: newId("creates"), actor: me, object, tos: [...object.toIds] });
    const how = { syncCollection: true, preferSharedInbox: true };
    await context.sendActivity({ identifier: "robin" }, "followers", activity, how);
    return { id: activity.id.href, object: object.id.href };
  },
  forget: ({ follower }) => followers.delete(follower),
  like: ({ to, object }) =>
    send(to, new vocab.Like({ id: newId("likes"), actor: me, object: url(object), to: url(to) })),
  react: ({ to, object, content }) =>
    send(
      to,
      new vocab.EmojiReact({ id: newId("likes"), actor: me, object: url(object), content, to: url(to) }),
    ),
  unlike: ({ to, like, object }) =>
    send(
      to,
      new vocab.Undo({
        id: newId("undos"),
        actor: me,
        object: new vocab.Like({ id: url(like), actor: me, object: url(object) }),
      }),
    ),
  announce: ({ to, object }) =>
    send(
      to,
      new vocab.Announce({
        id: newId("announces"),
        actor: me,
        object: url(object),
        to: PUBLIC,
        published: Temporal.Now.instant(),
      }),
    ),
  unannounce: ({ to, announce, object }) =>
    send(
      to,
      new vocab.Undo({
        id: newId("undos"),
        actor: me,
        object: new vocab.Announce({ id: url(announce), actor: me, object: url(object) }),
      }),
    ),
  join: ({ to, object }) =>
    send(to, new vocab.Join({ id: newId("joins"), actor: me, object: url(object), to: url(to) })),

  // What Fedify makes of our documents.
  look: async ({ at }) => {
    const found = await context.lookupObject(at);
    return found === null ? null : await found.toJsonLd({ format: "expand", contextLoader: context.contextLoader });
  },
  name: async ({ at }) => {
    const found = await context.lookupObject(at);
    return found === null ? null : { type: found.constructor.name, name: found.name?.toString() ?? null };
  },
  list: async ({ at }) => {
    const collection = await context.lookupObject(at);
    const items = [];
    for await (const item of context.traverseCollection(collection)) items.push(item.id?.href);
    return { total: collection.totalItems, items };
  },
  poll: async ({ at }) => {
    const question = await context.lookupObject(at);
    const options = [];
    for await (const option of question.getExclusiveOptions(context)) {
      options.push({ name: option.name.toString(), votes: (await option.getReplies(context)).totalItems });
    }
    return { options, voters: question.voters, type: question.constructor.name };
  },
  nodeinfo: ({ document }) => parseNodeInfo(document)?.software.name,

  // Fedify's own checks, on what we hand it.
  proof: async ({ document }) => {
    const verified = await verifyObject(vocab.Activity, document, context);
    return { actor: verified?.actorId?.href ?? null };
  },
  signature: async ({ method, target, headers, body }) => {
    const request = new Request(new URL(target, origin), {
      method,
      headers,
      body: body === undefined ? undefined : body,
    });
    const key = await verifyRequest(request, context);
    return { key: key?.id?.href ?? null };
  },
  sign: async ({ spec, target, body }) => {
    const request = new Request(target, {
      method: "POST",
      headers: { "content-type": "application/activity+json" },
      body,
    });
    const [pair] = await context.getActorKeyPairs("robin");
    const signed = await signRequest(request, pair.privateKey, pair.keyId, { spec });
    return Object.fromEntries(signed.headers);
  },
};

const lines = createInterface({ input: process.stdin });
console.log(JSON.stringify({ id: me.href }));
for await (const line of lines) {
  const { order, ...given } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ answer: (await orders[order](given)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: `${error.name}: ${error.message}` }));
  }
}
server.close();
process.exit(0);
