/** What an app may be called: it becomes part of container, network and volume names. */
export const appNamePattern = /^[a-z0-9][a-z0-9_.-]{0,62}$/;
