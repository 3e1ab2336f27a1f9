// A limit that only a test that hangs reaches, also where ten other things run on the machine.
jest.setTimeout(300_000);
