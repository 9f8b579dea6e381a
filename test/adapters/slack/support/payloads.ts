/** Payloads shaped as Slack sends them (docs.slack.dev: Events API, block_actions, slash commands, shortcuts). */

type Fields = Record<string, unknown>;

/** The envelope of an event. */
export function event(inner: Fields, outer: Fields = {}): Fields {
  return {
    token: 'verification-token',
    team_id: 'T1',
    context_team_id: 'T1',
    context_enterprise_id: null,
    api_app_id: 'A1',
    type: 'event_callback',
    event_id: 'Ev1',
    event_time: 1_790_000_000,
    authorizations: [
      { enterprise_id: null, team_id: 'T1', user_id: 'UBOT', is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: '4-abc',
    event: inner,
    ...outer,
  };
}

export function message(fields: Fields = {}): Fields {
  return {
    user: 'U1',
    type: 'message',
    ts: '1790000000.000100',
    client_msg_id: '0e3b',
    text: 'and then?',
    team: 'T1',
    blocks: [{ type: 'rich_text', block_id: 'b', elements: [] }],
    channel: 'C1',
    event_ts: '1790000000.000100',
    channel_type: 'channel',
    ...fields,
  };
}

export function mention(fields: Fields = {}): Fields {
  return {
    ...message(),
    type: 'app_mention',
    text: '<@UBOT> look at &lt;this&gt;',
    channel_type: undefined,
    ...fields,
  };
}

export function changed(): Fields {
  const shown = {
    user: 'UBOT',
    bot_id: 'BBOT',
    app_id: 'A1',
    type: 'message',
    text: 'an answer',
    ts: '1790000001.000100',
  };
  return {
    type: 'message',
    subtype: 'message_changed',
    message: { ...shown, edited: { user: 'UBOT', ts: '1790000002.000000' } },
    previous_message: shown,
    channel: 'C1',
    hidden: true,
    ts: '1790000002.000200',
    event_ts: '1790000002.000200',
    channel_type: 'channel',
  };
}

export function stopped(fields: Fields = {}): Fields {
  return {
    type: 'agent_session_stopped',
    channel: 'C1',
    user: 'U1',
    thread_ts: '1790000000.000100',
    streaming_message_ts: [],
    event_ts: '1790000003.000100',
    ...fields,
  };
}

export function reaction(fields: Fields = {}): Fields {
  return {
    type: 'reaction_added',
    user: 'U1',
    reaction: 'octagonal_sign',
    item: { type: 'message', channel: 'C1', ts: '1790000000.000100' },
    item_user: 'UBOT',
    event_ts: '1790000003.000100',
    ...fields,
  };
}

export function action(fields: Fields = {}): Fields {
  return {
    type: 'block_actions',
    user: { id: 'U1', username: 'ada', name: 'ada', team_id: 'T1' },
    api_app_id: 'A1',
    token: 'verification-token',
    container: {
      type: 'message',
      message_ts: '1790000001.000100',
      channel_id: 'C1',
      is_ephemeral: false,
      thread_ts: '1790000000.000100',
    },
    trigger_id: '1.2.3',
    team: { id: 'T1', domain: 'work' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: 'C1', name: 'general' },
    message: {
      bot_id: 'BBOT',
      type: 'message',
      text: 'working',
      user: 'UBOT',
      ts: '1790000001.000100',
      thread_ts: '1790000000.000100',
    },
    state: { values: {} },
    response_url: 'https://hooks.slack.com/actions/T1/1/x',
    actions: [
      {
        action_id: 'heddle.stop',
        block_id: 'b1',
        text: { type: 'plain_text', text: 'Stop', emoji: true },
        value: 'T1:C1:1790000000.000100',
        type: 'button',
        action_ts: '1790000004.000100',
      },
    ],
    ...fields,
  };
}

export function command(fields: Fields = {}): Fields {
  return {
    token: 'verification-token',
    team_id: 'T1',
    team_domain: 'work',
    channel_id: 'C1',
    channel_name: 'general',
    user_id: 'U1',
    user_name: 'ada',
    command: '/heddle',
    text: 'status',
    api_app_id: 'A1',
    is_enterprise_install: 'false',
    response_url: 'https://hooks.slack.com/commands/T1/1/x',
    trigger_id: '1.2.3',
    ...fields,
  };
}

export function shortcut(fields: Fields = {}): Fields {
  return {
    type: 'message_action',
    token: 'verification-token',
    action_ts: '1790000004.000100',
    team: { id: 'T1', domain: 'work' },
    user: { id: 'U1', username: 'ada', team_id: 'T1', name: 'ada' },
    channel: { id: 'C1', name: 'general' },
    is_enterprise_install: false,
    enterprise: null,
    callback_id: 'stop_agent_message',
    trigger_id: '1.2.3',
    response_url: 'https://hooks.slack.com/app/T1/1/x',
    message_ts: '1790000001.000100',
    message: {
      type: 'message',
      text: 'working',
      user: 'UBOT',
      ts: '1790000001.000100',
      thread_ts: '1790000000.000100',
    },
    ...fields,
  };
}
