const { createHash, timingSafeEqual } = require('node:crypto');
const digest = (text) => createHash('sha256').update(String(text)).digest();
const admin = { username: 'admin', permissions: '*' };

module.exports = {
  uiPort: 1880,
  flowFile: 'flows.json',
  credentialSecret: process.env.CREDENTIAL_SECRET,
  adminAuth: {
    type: 'credentials',
    users: async (name) => (name === admin.username ? admin : null),
    authenticate: async (name, password) =>
      name === admin.username &&
      timingSafeEqual(digest(password), digest(process.env.ADMIN_PASSWORD))
        ? admin
        : null,
  },
};
