/** Every entity there is, in one explicit list that the server, the migrations and the checks share. */
export const entities: (abstract new (...args: never[]) => object)[] = [];
