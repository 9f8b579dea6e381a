/** Tool calls: which permission applies, and the event that announces them. */
import type { Session } from './session.ts';
import type { Call, CallKind, Json, Op, Policy } from './types.ts';

type Use = Extract<Op, { op: 'use' }>;

export function toolUse(session: Session, op: Use): void {
  const kind = op.kind ?? 'tool';
  const policy = kind === 'custom' ? 'allow' : (op.policy ?? policyOf(session.fixed.agent, kind, op));
  const thread = session.state.threads.find((other) => other.key !== null && other.key === op.thread);
  const crossPosted = thread ? { session_thread_id: thread.id } : {};
  const event = session.emit(TYPES[kind], {
    ...(kind === 'mcp' ? { mcp_server_name: op.server ?? 'server' } : {}),
    name: op.name,
    input: op.input,
    ...(kind === 'custom' ? {} : evaluated(policy)),
    ...crossPosted,
  });
  session.state.calls.push({
    key: op.key,
    eventId: event.id,
    kind,
    needs: needs(session, kind, policy),
    thread: thread?.id ?? null,
    answer:
      policy === 'deny' ? { verdict: 'deny', text: 'This call was denied by the permission policy.' } : null,
  });
  if (policy === 'deny') session.state.answers[op.key] = { verdict: 'deny', text: '' };
  if (op.name === 'web_search') session.state.usage.searches += 1;
  session.position.chars += JSON.stringify(op.input).length;
  session.touch('state');
}

const TYPES: Readonly<Record<CallKind, string>> = {
  tool: 'agent.tool_use',
  mcp: 'agent.mcp_tool_use',
  custom: 'agent.custom_tool_use',
};

function needs(session: Session, kind: CallKind, policy: Policy): Call['needs'] {
  if (kind === 'custom') return 'custom_result';
  if (policy === 'ask') return 'confirmation';
  return kind === 'tool' && session.fixed.selfHosted && policy !== 'deny' ? 'tool_result' : 'nothing';
}

function evaluated(policy: Policy): Json {
  if (policy === 'ask') return { evaluated_permission: 'ask', evaluation: { type: 'always_ask' } };
  if (policy === 'allow') return { evaluated_permission: 'allow', evaluation: { type: 'always_allow' } };
  const judged = policy === 'deny' ? { type: 'deny', reason_code: 'high_risk' } : { type: 'allow' };
  return { evaluated_permission: judged.type, evaluation: { type: 'auto', evaluated_permission: judged } };
}

/** The agent's own configuration: toolsets default to always_allow, MCP toolsets to always_ask. */
function policyOf(agent: Json, kind: CallKind, op: Use): Policy {
  const toolsets = (agent['tools'] as Json[] | undefined) ?? [];
  const mine = toolsets.find((toolset) =>
    kind === 'mcp'
      ? toolset['type'] === 'mcp_toolset' && toolset['mcp_server_name'] === op.server
      : toolset['type'] === 'agent_toolset_20260401',
  );
  const configs = (mine?.['configs'] as Json[] | undefined) ?? [];
  const config =
    configs.find((one) => one['name'] === op.name) ?? (mine?.['default_config'] as Json | undefined);
  const type = (config?.['permission_policy'] as Json | undefined)?.['type'];
  if (type === 'always_ask') return 'ask';
  if (type === 'auto') return 'auto';
  return type === undefined && kind === 'mcp' ? 'ask' : 'allow';
}
