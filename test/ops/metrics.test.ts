import { describe, expect, it } from 'vitest';
import { boundedLabel, createMetrics } from '../../src/ops/metrics.ts';
import { GAUGES } from '../support/gauges.ts';

describe('metrics', () => {
  it('come out in Prometheus form, with the process among them', async () => {
    const metrics = createMetrics();
    metrics.event('app_mention', 'admitted');
    metrics.slackCall('chat.update', 'limited');
    metrics.agentCall('events.send', 'ok');
    metrics.firstSign(0.3);
    metrics.turn(12, 'answered');
    metrics.inboxAge(0.01);
    const { contentType, body } = await metrics.scrape();
    expect(contentType).toContain('text/plain');
    expect(body).toContain('heddle_slack_events_total{type="app_mention",outcome="admitted"} 1');
    expect(body).toContain('heddle_slack_calls_total{method="chat.update",outcome="limited"} 1');
    expect(body).toContain('heddle_agent_calls_total{operation="events.send",outcome="ok"} 1');
    expect(body).toContain('heddle_first_sign_seconds_bucket{le="0.5"} 1');
    expect(body).toContain('heddle_turn_seconds_count{outcome="answered"} 1');
    expect(body).toContain('heddle_inbox_age_seconds_count 1');
    expect(body).toContain('process_resident_memory_bytes');
  });

  it('gauges are read when somebody looks', async () => {
    const metrics = createMetrics();
    let held = 1;
    metrics.watch({ ...GAUGES, runningSessions: () => 2, heldLeases: () => held });
    held = 5;
    const { body } = await metrics.scrape();
    expect(body).toContain('heddle_sessions_running 2');
    expect(body).toContain('heddle_leases_held 5');
    expect(body).toContain('heddle_oldest_turn_seconds 61');
    expect(body).toContain('heddle_backlog_oldest_seconds 1.5');
    expect(body).toContain('heddle_parked_inputs 1');
    expect(body).toContain('heddle_ready 1');
  });

  it('a store that does not answer leaves a gauge without a number, and the others stand', async () => {
    const metrics = createMetrics('1.2.3');
    metrics.watch({
      ...GAUGES,
      ready: () => Promise.resolve(false),
      backlog: () => Promise.reject(new Error('x')),
    });
    const { body } = await metrics.scrape();
    expect(body).toContain('heddle_backlog_threads Nan');
    expect(body).toContain('heddle_ready 0');
    expect(body).toContain('heddle_build_info{version="1.2.3"} 1');
  });

  it('two of them do not share anything', async () => {
    const one = createMetrics();
    one.event('app_mention', 'admitted');
    expect((await createMetrics().scrape()).body).not.toContain('app_mention');
  });

  it('a label from outside cannot grow without end', async () => {
    const metrics = createMetrics();
    for (let i = 0; i < 500; i += 1) metrics.event(`made_up_${i}`, 'ignored');
    metrics.event('with "quotes"\n', 'ignored');
    const { body } = await metrics.scrape();
    expect(body.match(/^heddle_slack_events_total\{/gm)).toHaveLength(101);
    expect(body).toContain('heddle_slack_events_total{type="other",outcome="ignored"} 401');
  });

  it('known labels stay known after the limit', () => {
    const label = boundedLabel(2);
    expect([label('a'), label('b'), label('c'), label('a')]).toEqual(['a', 'b', 'other', 'a']);
  });
});
