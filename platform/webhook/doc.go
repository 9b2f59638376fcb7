// Package webhook sends events to the endpoints of others, and verifies what others
// send, as Standard Webhooks (standardwebhooks.com): a POST of JSON with the headers
// webhook-id, webhook-timestamp and webhook-signature, where the id and the body are the
// same at each repetition and the signature is HMAC-SHA256 over id, time and body.
//
// An endpoint is an address that somebody else wrote down, so a Client calls no
// address that is not public (Guard), over nothing but HTTPS, and follows no
// redirect, unless the endpoint is said to be private.
package webhook
