// `npm run setup`: everything that a fresh machine lacks, in steps that can be run again at any
// time. Plain Node without packages, because it runs before there are any.
'use strict';

require('./node-version').requireNode();
require('./setup/main');
