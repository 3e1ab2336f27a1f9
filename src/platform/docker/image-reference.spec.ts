import { parseImageReference } from './image-reference';

describe(parseImageReference.name, () => {
  it.each([
    ['nginx', 'nginx', 'latest'],
    ['nginx:1.27', 'nginx', '1.27'],
    ['registry:5000/lab/app', 'registry:5000/lab/app', 'latest'],
    ['registry:5000/lab/app:2', 'registry:5000/lab/app', '2'],
    ['app@sha256:aa', 'app', 'sha256:aa'],
    ['app:1@sha256:aa', 'app', 'sha256:aa'],
  ])('splits %s', (reference, name, tag) => {
    expect(parseImageReference(reference)).toEqual({ name, tag });
  });
});
