import { parseImageReference } from './image-reference';

describe(parseImageReference.name, () => {
  it.each([
    ['nginx', 'nginx', 'latest'],
    ['nginx:1.27', 'nginx', '1.27'],
    ['registry:5000/lab/app', 'registry:5000/lab/app', 'latest'],
    ['registry:5000/lab/app:2', 'registry:5000/lab/app', '2'],
    ['app@sha256:aa', 'app', 'sha256:aa'],
    ['app:1@sha256:aa', 'app', 'sha256:aa'],
  ])('splits %s into name and version', (reference, name, version) => {
    expect(parseImageReference(reference)).toMatchObject({ name, version });
  });

  it('keeps tag and digest apart', () => {
    expect(parseImageReference('app:1@sha256:aa')).toMatchObject({ tag: '1', digest: 'sha256:aa' });
    expect(parseImageReference('app')).toMatchObject({ tag: null, digest: null });
  });

  it.each([
    ['redis', 'registry-1.docker.io', 'library/redis'],
    ['redis:7', 'registry-1.docker.io', 'library/redis'],
    ['docker.io/redis:7', 'registry-1.docker.io', 'library/redis'],
    ['bitnami/redis:7', 'registry-1.docker.io', 'bitnami/redis'],
    ['ghcr.io/owner/app@sha256:00', 'ghcr.io', 'owner/app'],
    ['localhost/app:1', 'localhost', 'app'],
    ['mirror.lan:5000/hub/redis:7', 'mirror.lan:5000', 'hub/redis'],
    ['127.0.0.1:5000/app', '127.0.0.1:5000', 'app'],
  ])('names registry and repository of %s', (reference, registry, repository) => {
    expect(parseImageReference(reference)).toMatchObject({ registry, repository });
  });
});
