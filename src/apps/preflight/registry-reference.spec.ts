import { registryOf, repositoryOf } from './registry-reference';

describe('the registry and repository of an image reference', () => {
  it.each([
    ['redis', 'registry-1.docker.io', 'library/redis'],
    ['redis:7', 'registry-1.docker.io', 'library/redis'],
    ['docker.io/redis:7', 'registry-1.docker.io', 'library/redis'],
    ['bitnami/redis:7', 'registry-1.docker.io', 'bitnami/redis'],
    ['ghcr.io/owner/app@sha256:00', 'ghcr.io', 'owner/app'],
    ['localhost/app:1', 'localhost', 'app'],
    ['mirror.lan:5000/hub/redis:7', 'mirror.lan:5000', 'hub/redis'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000', 'app'],
  ])('%s', (reference, registry, repository) => {
    expect([registryOf(reference), repositoryOf(reference)]).toEqual([registry, repository]);
  });
});
