// Real services answer in milliseconds, image pulls and container starts in seconds.
jest.setTimeout(60_000);
