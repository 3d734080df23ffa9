import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocalRequest, listen, readBody, sendJson, stop } from '../http.ts';
import { type ChatRequest, nextTurn, type Turn } from './conversation.ts';
import { scriptedTurn } from './script.ts';

/** Where a scripted redirect leads. */
const ELSEWHERE = '/elsewhere';

/** A stand-in that runs; `url` is what GROQ_BASE_URL has to be. */
export type RunningLanguageModel = { readonly url: string; close(): Promise<void> };

/**
 * A stand-in for a language model on this machine: OpenAI's chat completions with tools, played by rules. The same
 * conversation gets the same answer, and nothing is remembered. Port 0 takes any free one.
 */
export async function startLanguageModel({ port }: { readonly port: number }): Promise<RunningLanguageModel> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) sendJson(response, 400, { error: { message: 'malformed request' } });
    });
  });
  const taken = await listen(server, port);
  return { url: `http://127.0.0.1:${taken}/v1`, close: () => stop(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
  if (!isLocalRequest(request))
    return sendJson(response, 403, { error: { message: 'only for this machine' } });
  if (request.url === ELSEWHERE) return sendJson(response, 200, completion({ content: 'Sent on.' }));
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    return sendJson(response, 404, { error: { message: 'not found' } });
  }
  const chat = JSON.parse(await readBody(request)) as ChatRequest;
  const turn = scriptedTurn(chat) ?? nextTurn(chat);
  if ('status' in turn) return sendJson(response, turn.status, { error: { message: 'scripted' } });
  if ('redirect' in turn) return response.writeHead(307, { location: ELSEWHERE }).end();
  if ('text' in turn) {
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(turn.text + ' '.repeat(turn.blanks ?? 0));
  }
  if ('echo' in turn) {
    const { authorization } = request.headers;
    return sendJson(response, 200, completion({ content: JSON.stringify({ ...chat, authorization }) }));
  }
  if ('delay_ms' in turn && typeof turn.delay_ms === 'number') await sleep(turn.delay_ms);
  return sendJson(response, 200, completion(turn));
}

function completion(turn: Turn): unknown {
  const calls = 'tools' in turn ? turn.tools : 'tool' in turn ? [turn] : [];
  const message = {
    role: 'assistant',
    content: 'content' in turn ? turn.content : null,
    ...(calls.length > 0 && {
      tool_calls: calls.map((call, index) => ({
        id: `call_${index}`,
        type: 'function',
        function: {
          name: call.tool,
          // Text goes out as it is: a model writes its arguments itself, and they may be no JSON.
          arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
        },
      })),
    }),
  };
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  return { object: 'chat.completion', model: 'mock', choices: [{ index: 0, message, finish_reason }] };
}
