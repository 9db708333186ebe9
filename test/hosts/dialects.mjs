/**
 * What the hosts' model endpoints speak, as far as a conversation of one tool call after the other needs it: Anthropic
 * messages, OpenAI responses, Gemini. Each reads from a request which tools are offered and what came of the calls so
 * far, and writes a reply that says a text or calls a tool. Pure but for the running number of ids.
 */

let last = 0
const idOf = (kind) => `${kind}_${(last += 1).toString().padStart(8, '0')}`
const textOf = (content) => (typeof content === 'string' ? content : JSON.stringify(content))

const anthropic = {
  path: /\/v1\/messages$/,
  read: ({ tools = [], messages }) => ({
    tools: tools.map(({ name }) => name),
    results: messages
      .flatMap(({ content }) => (Array.isArray(content) ? content : []))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => textOf(content)),
  }),
  write({ text, name, args }, { model, stream }) {
    const block =
      name === undefined ? { type: 'text', text } : { type: 'tool_use', id: idOf('toolu'), name, input: args }
    const stop = { stop_reason: name === undefined ? 'end_turn' : 'tool_use', stop_sequence: null }
    const usage = { input_tokens: 10, output_tokens: 10 }
    const message = { id: idOf('msg'), type: 'message', role: 'assistant', model, usage }
    if (!stream) return { json: { ...message, ...stop, content: [block] } }
    const empty = block.type === 'text' ? { type: 'text', text: '' } : { ...block, input: {} }
    const delta =
      block.type === 'text'
        ? { type: 'text_delta', text }
        : { type: 'input_json_delta', partial_json: JSON.stringify(args) }
    const events = [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null, stop_sequence: null } },
      { type: 'content_block_start', index: 0, content_block: empty },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: stop, usage },
      { type: 'message_stop' },
    ]
    return { events: events.map((event) => [event.type, event]) }
  },
}

const responses = {
  path: /\/responses$/,
  read: ({ tools = [], input = [] }) => ({
    // A server's tools come as a namespace.
    tools: tools.flatMap(({ type, name, tools: inner = [] }) =>
      type === 'namespace' ? inner.map((tool) => `${name}/${tool.name}`) : [name ?? type],
    ),
    results: input.filter(({ type }) => type === 'function_call_output').map(({ output }) => textOf(output)),
  }),
  write({ text, name, args }, { model }) {
    const status = 'completed'
    const [own, namespace] = name?.split('/').toReversed() ?? []
    const item =
      name === undefined
        ? {
            type: 'message',
            id: idOf('msg'),
            role: 'assistant',
            status,
            content: [{ type: 'output_text', text, annotations: [] }],
          }
        : {
            type: 'function_call',
            id: idOf('fc'),
            call_id: idOf('call'),
            ...(namespace !== undefined && { namespace }),
            name: own,
            arguments: JSON.stringify(args),
            status,
          }
    const usage = {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 20,
    }
    const response = {
      id: idOf('resp'),
      object: 'response',
      created_at: 0,
      model,
      status,
      output: [item],
      usage,
    }
    const events = [
      { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response },
    ]
    return { events: events.map((event, index) => [event.type, { ...event, sequence_number: index }]) }
  },
}

/** What Gemini CLI asks besides, without tools: which model to use, who speaks next. */
const GEMINI_ASIDE =
  '{"complexity_reasoning":"x","complexity_score":1,"reasoning":"x","model_choice":"flash","next_speaker":"user"}'

const gemini = {
  path: /:(stream)?generateContent$/i,
  read: ({ tools = [], contents = [] }) => ({
    tools: tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name)),
    results: contents
      .flatMap(({ parts = [] }) => parts)
      .flatMap(({ functionResponse }) =>
        functionResponse === undefined ? [] : [textOf(functionResponse.response)],
      ),
  }),
  write({ text, name, args, aside }, _body, path) {
    const part =
      name === undefined
        ? { text: aside ? GEMINI_ASIDE : text }
        : { functionCall: { id: idOf('fc'), name, args } }
    const json = {
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 10, totalTokenCount: 20 },
      modelVersion: 'mock',
    }
    return path.includes('stream') ? { events: [['', json]] } : { json }
  },
}

export const DIALECTS = [anthropic, responses, gemini]
