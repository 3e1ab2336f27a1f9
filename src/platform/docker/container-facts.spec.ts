import { exitCodeFromStatus, healthFromStatus } from './container-facts';

describe(healthFromStatus.name, () => {
  it.each([
    ['Up 3 minutes', 'none'],
    ['Up 3 minutes (healthy)', 'healthy'],
    ['Up 1 second (health: starting)', 'starting'],
    ['Up 2 hours (unhealthy)', 'unhealthy'],
    ['Exited (0) 2 minutes ago', 'none'],
  ])('reads %j as %s', (status, health) => expect(healthFromStatus(status)).toBe(health));
});

describe(exitCodeFromStatus.name, () => {
  it.each([
    ['Exited (137) 2 seconds ago', 137],
    ['Exited (0) 3 days ago', 0],
    ['Restarting (1) 4 seconds ago', 1],
    ['Up 3 minutes', null],
    ['Created', null],
  ])('reads %j as %s', (status, code) => expect(exitCodeFromStatus(status)).toBe(code));
});
