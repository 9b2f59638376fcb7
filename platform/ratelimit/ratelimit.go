// Package ratelimit is a budget of calls that many processes share, kept in
// Redis: so many a second, so many a day, and of those at most a share for a
// class of calls.
//
// In any second there are never more calls than the limit, rounded down; of a
// limit below one, never more than one in the time that is for one. A day is a
// calendar day in UTC. All time is Redis's own, so clocks of processes do not
// matter. There is one key for each destination and one for each of its classes,
// and each goes by itself when it was not used for two days.
//
// A Limiter is a streams.Options.Limiter.
package ratelimit

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Config says where the budgets are.
type Config struct {
	// Addr is host:port, the host best an IP address.
	Addr string
	// Username and Password may be empty.
	Username, Password string
	// Prefix stands before every key, for several installations in one Redis.
	Prefix string
	// Timeout bounds each read and write of the connection. Default 500 ms.
	Timeout time.Duration
}

// Limiter gives calls out of shared budgets. Make it with New and Close it. Its
// methods may be called from any goroutine.
type Limiter struct {
	client *redis.Client
	prefix string
}

// New makes a limiter; it connects at its first use.
func New(config Config) *Limiter {
	if config.Timeout == 0 {
		config.Timeout = 500 * time.Millisecond
	}
	return &Limiter{prefix: config.Prefix, client: redis.NewClient(&redis.Options{
		Addr: config.Addr, Username: config.Username, Password: config.Password,
		DialTimeout: config.Timeout, ReadTimeout: config.Timeout, WriteTimeout: config.Timeout,
		// A call that was taken and whose answer is lost must not be taken again.
		MaxRetries:            -1,
		ContextTimeoutEnabled: true,
		// Notices of managed services; asking for them costs every plain Redis an error.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}
}

// Close ends the connections.
func (l *Limiter) Close() error { return l.client.Close() }

// maxName bounds the names of destinations and classes in bytes.
const maxName = 200

// take gives a call out of the budgets KEYS[1], of all calls, and KEYS[2], of
// their class, or says in microseconds when there may be one. ARGV has for each
// of them the time between calls, how much earlier one may come, and the calls a
// day; 0 is no limit. A budget is a hash of t, when the next call is due, and of
// the n calls of day d.
var take = redis.NewScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local day = math.floor(clock[1] / 86400)
local wait, state = 0, {}
for i, key in ipairs(KEYS) do
	local got = redis.call('HMGET', key, 't', 'd', 'n')
	local every, slack, daily = tonumber(ARGV[3*i-2]), tonumber(ARGV[3*i-1]), tonumber(ARGV[3*i])
	local due, n = tonumber(got[1] or 0), 0
	if tonumber(got[2] or -1) == day then n = tonumber(got[3]) end
	if every > 0 then wait = math.max(wait, due - slack - now) end
	if daily > 0 and n >= daily then wait = math.max(wait, (day + 1) * 86400000000 - now) end
	state[i] = {math.max(due, now) + every, n + 1}
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
	redis.call('HSET', key, 't', string.format('%.0f', state[i][1]), 'd', day, 'n', state[i][2])
	redis.call('EXPIRE', key, 172800)
end
return 0`)

// Take asks for one call to a destination, which takes perSecond calls a second
// and perDay a day (0: no limit), of which calls of class are at most the given
// share (0 to 1; 0 is all). It returns 0 when the call may be made, else for how
// long there is none. An error means that Redis could not be asked.
func (l *Limiter) Take(ctx context.Context, destination, class string, share, perSecond float64, perDay int) (wait time.Duration, err error) {
	if len(destination) > maxName || len(class) > maxName {
		return 0, fmt.Errorf("taking a call to %.50q from redis: names have at most %d bytes", destination, maxName)
	}
	if share <= 0 || share > 1 {
		share = 1
	}
	all := l.prefix + "limit:{" + destination + "}"
	keys, args := []string{all}, limits(perSecond, float64(perDay))
	if class != "" && share < 1 {
		keys = append(keys, all+":"+class)
		args = append(args, limits(perSecond*share, float64(perDay)*share)...)
	}
	micros, err := take.Run(ctx, l.client, keys, args...).Int64()
	if err != nil {
		return 0, fmt.Errorf("taking a call to %s from redis: %w", destination, err)
	}
	return time.Duration(micros) * time.Microsecond, nil
}

// epsilon makes good what products of shares lose.
const epsilon = 1e-9

// limits returns what the script wants of one budget: burst calls at once and
// then one each interval are never more than perSecond in a second.
func limits(perSecond, perDay float64) []any {
	daily := int64(perDay + epsilon)
	if perDay > 0 {
		daily = max(daily, 1)
	}
	switch {
	case perSecond <= 0:
		return []any{0, 0, daily}
	case perSecond < 1-epsilon:
		return []any{int64(math.Ceil(1e6 / perSecond)), 0, daily}
	}
	calls := math.Floor(perSecond + epsilon)
	burst := max(1, math.Floor(calls/50))
	every := math.Ceil(1e6 / (calls - burst + 1))
	return []any{int64(every), int64((burst - 1) * every), daily}
}
